import type { ExecutionResult } from "graphql";
import type { WebSocket } from "ws";
import type { ResultIterator } from "../graphql/subscribe.ts";

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
  results: ResultIterator,
  onSlow: () => void,
): ResultIterator {
  const head = `{"id":${JSON.stringify(operationId)},"type":"next","payload":`;
  // One timer for all frames: it runs out while a frame is under way only when the socket takes nothing.
  let underWay = false;
  const stall = setTimeout(() => {
    if (underWay) closeSlow(socket, onSlow);
  }, STALL_LIMIT_MS);

  /** Resolves when the frame is with the operating system, or the socket is gone. */
  const send = (frame: string): Promise<void> =>
    new Promise((resolve) => {
      underWay = true;
      stall.refresh();
      socket.send(frame, () => {
        underWay = false;
        resolve();
      });
    });

  const iterator: ResultIterator = {
    async next() {
      try {
        for (let taken = await results.next(); !taken.done; taken = await results.next()) {
          if (socket.readyState !== socket.OPEN) break;
          await send(`${head}${serialize(taken.value)}}`);
        }
      } finally {
        clearTimeout(stall);
      }
      return { done: true, value: undefined };
    },
    return() {
      clearTimeout(stall);
      return results.return();
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
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
