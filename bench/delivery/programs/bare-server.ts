import { createServer } from "node:http";
import { Redis } from "ioredis";
import { WebSocketServer, type WebSocket } from "ws";
import { serve } from "../../_support/serve.ts";
import { channelOf } from "../cases.ts";

/**
 * The least that can be done: what Redis says goes to every socket of the channel as the bytes that came, and nothing else is done. No
 * sign-in, no positions, no repair, no back-pressure, no GraphQL.
 */
const subscriber = new Redis(process.env["REDIS_URL"] ?? "");
const audiences = new Map<string, Set<WebSocket>>();

subscriber.on("messageBuffer", (channel: Buffer, payload: Buffer) => {
  const audience = audiences.get(channel.toString());
  if (!audience) return;
  for (const socket of audience) socket.send(payload, { binary: false });
});

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", (socket) => {
  let channel = "";
  const leave = () => {
    const audience = audiences.get(channel);
    audience?.delete(socket);
    if (audience?.size !== 0) return;
    audiences.delete(channel);
    void subscriber.unsubscribe(channel);
  };
  socket.on("message", (data: Buffer) => {
    const { replyId } = JSON.parse(data.toString()) as { replyId: string };
    channel = channelOf(replyId);
    void join(channel, socket);
  });
  socket.once("close", leave);
});

async function join(channel: string, socket: WebSocket): Promise<void> {
  const audience = audiences.get(channel) ?? new Set();
  audiences.set(channel, audience.add(socket));
  await subscriber.subscribe(channel);
  socket.send('{"type":"ready"}');
}

await serve(server, () => subscriber.disconnect());
