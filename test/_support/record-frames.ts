import { once } from "node:events";
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from "graphql-ws";
import WebSocket from "ws";
import type { TestClient } from "./client.ts";
import { openStream } from "./event-stream.ts";

/** What a server sent for one subscription, as it went over the wire. */
export type Recording = Readonly<{
  /** Resolves when all that has come holds this. */
  until(part: string): Promise<void>;
  /** Resolves with all of it when the subscription has ended. */
  ended: Promise<string>;
}>;

type Subscription = Readonly<{ query: string; variables: Record<string, unknown> }>;

/** Subscribes over a socket of its own; a line a frame. */
export async function recordSocket(client: TestClient, payload: Subscription): Promise<Recording> {
  const socket = new WebSocket(client.url.replace(/^http/, "ws"), GRAPHQL_TRANSPORT_WS_PROTOCOL);
  let text = "";
  const listeners = new Set<() => void>();
  const ended = new Promise<string>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", (code) => reject(new Error(`closed with ${code}: ${text}`)));
    socket.on("message", (data: Buffer) => {
      const frame = data.toString();
      const { type } = JSON.parse(frame) as { type: string };
      text += `${frame}\n`;
      for (const look of listeners) look();
      if (type === "connection_ack") socket.send(JSON.stringify({ id: "1", type: "subscribe", payload }));
      if (type !== "complete") return;
      resolve(text);
      socket.close();
    });
  });
  ended.catch(() => {});
  await once(socket, "open");
  socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${client.token()}` } }));
  return {
    ended,
    until: (part) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!text.includes(part)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        ended.then(() => reject(new Error(`ended without ${part}: ${text}`)), reject);
        look();
      }),
  };
}

/** Subscribes by an event stream of its own. */
export async function recordEventStream(client: TestClient, subscription: Subscription): Promise<Recording> {
  const stream = openStream(client.url, subscription, { token: client.token() });
  await stream.response;
  return {
    until: async (part) => void (await stream.until(part)),
    ended: stream.until("event: complete\ndata:\n\n").then(withoutPings),
  };
}

/** How many come is a matter of time; the first line only opens the stream. */
const withoutPings = (body: string): string => body.slice(0, 3) + body.slice(3).replaceAll(/^:\n\n/gm, "");
