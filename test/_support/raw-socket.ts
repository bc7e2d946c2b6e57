import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from "graphql-ws";
import WebSocket, { type ClientOptions } from "ws";

/** A message of graphql-transport-ws, as it came. */
export type RawMessage = Readonly<{ id?: string; type: string; payload?: unknown }>;

/** A WebSocket for a test that says what it likes, and the connection under it. */
export type RawSocket = Readonly<{
  socket: WebSocket;
  wire: Socket;
  /** All messages so far. */
  messages: readonly RawMessage[];
  /** Resolves when it has closed. */
  closed: Promise<Readonly<{ code: number; reason: string }>>;
  say(message: unknown): void;
  /** Several messages in one packet. */
  sayAtOnce(messages: readonly unknown[]): void;
  /** The first message, past or to come, that fits. Rejects when the socket closes, or after 15 s. */
  until(accept: (message: RawMessage) => boolean): Promise<RawMessage>;
}>;

const WAIT_LIMIT_MS = 30_000;

export type RawSocketOptions = Readonly<{
  /** Says `connection_init` and waits for its answer, unless false. */
  init?: boolean;
  token?: string;
  protocols?: readonly string[];
}> &
  Pick<ClientOptions, "headers" | "autoPong">;

/** @param url of the API, as for HTTP */
export async function openRawSocket(url: string, options: RawSocketOptions = {}): Promise<RawSocket> {
  const { init = true, token, protocols = [GRAPHQL_TRANSPORT_WS_PROTOCOL], ...rest } = options;
  const socket = new WebSocket(url.replace(/^http/, "ws"), [...protocols], rest);
  const messages: RawMessage[] = [];
  const listeners = new Set<() => void>();
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on("close", (code, reason) => {
      resolve({ code, reason: reason.toString() });
      for (const look of listeners) look();
    });
  });
  socket.on("message", (data: Buffer) => {
    messages.push(JSON.parse(data.toString()) as RawMessage);
    for (const look of listeners) look();
  });
  const [[response]] = await Promise.all([once(socket, "upgrade") as Promise<[IncomingMessage]>, once(socket, "open")]);
  socket.on("error", () => {});

  const raw: RawSocket = {
    socket,
    wire: response.socket,
    messages,
    closed,
    say: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    sayAtOnce(all) {
      response.socket.cork();
      for (const message of all) raw.say(message);
      response.socket.uncork();
    },
    until(accept) {
      return new Promise((resolve, reject) => {
        const finish = (end: () => void) => {
          clearTimeout(timer);
          listeners.delete(look);
          end();
        };
        const fail = (why: string) =>
          finish(() => reject(new Error(`${why}; its last messages: ${JSON.stringify(messages.slice(-3))}`)));
        const look = () => {
          const found = messages.find(accept);
          if (found) finish(() => resolve(found));
          else if (socket.readyState === socket.CLOSED) fail("the socket has closed");
        };
        const timer = setTimeout(() => fail("nothing fits"), WAIT_LIMIT_MS);
        listeners.add(look);
        look();
      });
    },
  };
  if (init) {
    raw.say({ type: "connection_init", payload: token === undefined ? {} : { authorization: `Bearer ${token}` } });
    await raw.until(({ type }) => type === "connection_ack");
  }
  return raw;
}
