import type { LiveResult, LiveResults } from "../graphql/subscribe.ts";
import { encodeTextFrame } from "./text-frame.ts";
import type { Outlet } from "./outlet.ts";

const TAIL = Buffer.from("}");

/**
 * Sends a subscription's results to one socket, as graphql-transport-ws frames, each result serialised once
 * for all who share it. The next result is taken only when the socket has taken the last one, and not much else waits:
 * until then the feed holds nothing for this reader but its position.
 *
 * @param onSend called with the bytes of each result
 * @returns resolves when the results have ended, or the socket is no longer open; rejects with what `take` throws. The
 *   results are for the caller to close.
 */
export function deliverFrames(
  outlet: Outlet,
  operationId: string,
  results: LiveResults,
  onSend: (bytes: number) => void,
): Promise<void> {
  // Bytes of their own: a `Buffer` would hold on to a slab of the pool for as long as the subscription lasts.
  const head = new TextEncoder().encode(`{"id":${JSON.stringify(operationId)},"type":"next","payload":`);
  /** A frame is under way, or waits for its turn. */
  let occupied = false;

  return new Promise((resolve, reject) => {
    function pump(): void {
      if (occupied) return;
      if (!outlet.open) return resolve();
      if (outlet.busy) {
        occupied = true;
        return outlet.whenFree(free);
      }
      let result: LiveResult | undefined;
      try {
        result = results.take();
      } catch (error) {
        return reject(error instanceof Error ? error : new Error(String(error)));
      }
      if (result) {
        occupied = true;
        onSend(result.json.length);
        outlet.write(encodeTextFrame(head, result.json, TAIL), sent);
      } else if (results.ended) resolve();
    }

    /** The frame is with the operating system, or the socket is gone. */
    function sent(): void {
      outlet.taken();
      free();
    }

    function free(): void {
      occupied = false;
      pump();
    }

    results.onNews(pump);
    pump();
  });
}
