import type { ExecutionResult } from "graphql";
import type { WebSocket } from "ws";
import type { LiveResults } from "../graphql/subscribe.ts";

/** "Slow consumer": sent to a client that has taken nothing for a while; it may come back and resume. */
const SLOW_CONSUMER = 4308;
/** How long a socket may take no byte of a frame, in milliseconds. */
const STALL_LIMIT_MS = 10_000;
/** How long after that it has to take the close frame, in milliseconds. */
const CLOSE_GRACE_MS = 1_000;

/**
 * Sends a subscription's results to one socket, as graphql-transport-ws frames, each result serialised once
 * for all who share it. The next result is taken only when the socket has taken the last one: until then the
 * feed holds nothing for this reader but its position.
 *
 * @param onSlow called when the socket is closed because its client takes nothing
 * @returns an iterator without results, for graphql-ws to wait for the end: it sends `complete`, or the `error`
 */
export function deliverFrames(
  socket: WebSocket,
  operationId: string,
  results: LiveResults,
  onSlow: () => void,
): Required<AsyncIterableIterator<never, undefined>> {
  const head = `{"id":${JSON.stringify(operationId)},"type":"next","payload":`;
  const end = { done: true, value: undefined } as const;
  let underWay = false;
  let stall: NodeJS.Timeout | undefined;

  return {
    next: () =>
      new Promise((resolve, reject) => {
        function pump(): void {
          if (underWay) return;
          let result: ExecutionResult | undefined;
          try {
            result = socket.readyState === socket.OPEN ? results.take() : undefined;
          } catch (error) {
            return reject(error as Error);
          }
          if (result) send(`${head}${serialize(result)}}`);
          else if (results.ended || socket.readyState !== socket.OPEN) resolve(end);
        }

        function send(frame: string): void {
          underWay = true;
          socket.send(frame, sent);
          // The operating system mostly takes a frame at once.
          if (socket.bufferedAmount > 0) stall = setTimeout(closeSlow, STALL_LIMIT_MS, socket, onSlow);
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

const serialized = new WeakMap<ExecutionResult, string>();

function serialize(result: ExecutionResult): string {
  let text = serialized.get(result);
  if (text === undefined) serialized.set(result, (text = JSON.stringify(result)));
  return text;
}
