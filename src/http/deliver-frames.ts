import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { LiveResult, LiveResults } from "../graphql/subscribe.ts";
import { encodeTextFrame, keepFrame } from "./text-frame.ts";

/** "Slow consumer": sent to a client that has taken nothing for a while; it may come back and resume. */
const SLOW_CONSUMER = 4308;
/** How long a socket may take no byte of a frame, in milliseconds. */
const STALL_LIMIT_MS = 10_000;
/** How long after that it has to take the close frame, in milliseconds. */
const CLOSE_GRACE_MS = 1_000;

const TAIL = Buffer.from("}");

/**
 * Sends a subscription's results to one socket, as graphql-transport-ws frames, each result serialised once
 * for all who share it. They go straight to the wire, past `ws`, which would cost half as much again. The next result is taken only when the socket has taken the last one: until then the
 * feed holds nothing for this reader but its position.
 *
 * @param wire the connection under the socket, which has no extensions
 * @param onSlow called when the socket is closed because its client takes nothing
 * @returns an iterator without results, for graphql-ws to wait for the end: it sends `complete`, or the `error`
 */
export function deliverFrames(
  { socket, wire }: { socket: WebSocket; wire: Socket },
  operationId: string,
  results: LiveResults,
  onSlow: () => void,
): Required<AsyncIterableIterator<never, undefined>> {
  // Bytes of their own: a `Buffer` would hold on to a slab of the pool for as long as the subscription lasts.
  const head = new TextEncoder().encode(`{"id":${JSON.stringify(operationId)},"type":"next","payload":`);
  const end = { done: true, value: undefined } as const;
  let underWay = false;
  let stall: NodeJS.Timeout | undefined;

  return {
    next: () =>
      new Promise((resolve, reject) => {
        function pump(): void {
          if (underWay) return;
          let result: LiveResult | undefined;
          try {
            result = socket.readyState === socket.OPEN ? results.take() : undefined;
          } catch (error) {
            return reject(error instanceof Error ? error : new Error(String(error)));
          }
          if (result) send(encodeTextFrame(head, result.json, TAIL));
          else if (results.ended || socket.readyState !== socket.OPEN) resolve(end);
        }

        function send(frame: Buffer): void {
          underWay = true;
          wire.write(frame, sent);
          // The operating system mostly takes a frame at once.
          if (wire.writableLength === 0) return;
          keepFrame();
          stall = setTimeout(closeSlow, STALL_LIMIT_MS, socket, onSlow);
        }

        /** The frame is with the operating system, or the socket is gone. */
        function sent(): void {
          underWay = false;
          if (stall) clearTimeout(stall);
          stall = undefined;
          pump();
        }

        results.onNews(pump);
        pump();
      }),
    async return() {
      clearTimeout(stall);
      results.close();
      return end;
    },
    async throw(error) {
      results.close();
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function closeSlow(socket: WebSocket, onSlow: () => void): void {
  if (socket.readyState !== socket.OPEN) return;
  onSlow();
  socket.close(SLOW_CONSUMER, "Slow consumer");
  setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
}
