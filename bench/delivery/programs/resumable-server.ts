import { createServer } from "node:http";
import { Redis } from "ioredis";
import { createResumableStreamContext } from "resumable-stream/generic";
import { WebSocketServer, type WebSocket } from "ws";
import { serve } from "../../_support/serve.ts";

/**
 * Vercel's resumable-stream, read in another process than the one that writes. Its users put the stream into an HTTP
 * response; here it goes to a WebSocket, so that the client is the same for all.
 */
const { REDIS_URL = "" } = process.env;
const [publisher, subscriber] = [new Redis(REDIS_URL), new Redis(REDIS_URL)];
const context = createResumableStreamContext({ waitUntil: () => {}, publisher, subscriber });

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", (socket) => {
  let reader: ReadableStreamDefaultReader<string> | undefined;
  socket.on("message", (data: Buffer) => {
    const { replyId } = JSON.parse(data.toString()) as { replyId: string };
    void follow(replyId, socket, (found) => (reader = found)).catch(() => socket.terminate());
  });
  socket.once("close", () => void reader?.cancel().catch(() => {}));
});

async function follow(
  replyId: string,
  socket: WebSocket,
  taken: (reader: ReadableStreamDefaultReader<string>) => void,
): Promise<void> {
  const stream = await context.resumeExistingStream(replyId);
  if (!stream) throw new Error("there is no such stream");
  const reader = stream.getReader();
  taken(reader);
  socket.send('{"type":"ready"}');
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    if (next.value !== "") socket.send(next.value);
  }
}

await serve(server, () => [publisher, subscriber].forEach((connection) => connection.disconnect()));
