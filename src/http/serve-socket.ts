import type { IncomingMessage } from "node:http";
import { CloseCode, type Server } from "graphql-ws";
import type { WebSocket } from "ws";
import type { Log } from "../platform/log.ts";

/** What graphql-ws hands to its hooks of a socket. */
export type SocketParts = { readonly socket: WebSocket; readonly request: IncomingMessage };

/** A socket that has not answered a ping by the next one is dropped, in milliseconds. */
const PING_INTERVAL_MS = 12_000;

/**
 * Speaks graphql-transport-ws over one socket until that closes. graphql-ws' own adapter for `ws` tells the console, with
 * a stack, of each client that goes away in the middle of an answer, or says what is no WebSocket frame.
 */
export function serveSocket<Parts extends SocketParts>(server: Server<Parts>, parts: Parts, log: Log): void {
  const { socket } = parts;
  const closed = server.opened(
    {
      protocol: socket.protocol,
      // Whoever is gone does not miss what could not be sent; that it is gone is told by `close`.
      send: (data) =>
        new Promise((resolve) => {
          if (socket.readyState === socket.OPEN) socket.send(data, () => resolve());
          else resolve();
        }),
      close: (code, reason) => socket.close(code, reason),
      onMessage(take) {
        socket.on("message", (data: Buffer) => {
          take(data.toString()).catch((error: unknown) => {
            log.error({ err: error }, "could not handle a socket's message");
            socket.close(CloseCode.InternalServerError, "Internal server error");
          });
        });
      },
    },
    parts,
  );

  let answered = true;
  const ping = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    if (socket.readyState === socket.OPEN) socket.ping();
  }, PING_INTERVAL_MS);
  socket.on("pong", () => void (answered = true));
  // `ws` closes it with the code of what was wrong.
  socket.on("error", (error) => log.debug({ err: error }, "not a WebSocket message"));
  socket.once("close", (code, reason) => {
    clearInterval(ping);
    closed(code, reason.toString()).catch((error: unknown) => log.error({ err: error }, "could not end a socket"));
  });
}
