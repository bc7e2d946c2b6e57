import { MessageType } from "graphql-ws";
import type { LiveResults } from "../graphql/subscribe.ts";
import type { Outlet } from "./outlet.ts";

/**
 * Sends a subscription's results to one socket, as messages of graphql-transport-ws. The next result is taken only when
 * the socket has taken the last one, and not much else waits: until then the feed holds nothing for this reader but its
 * position.
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
  const head = `{"id":${JSON.stringify(operationId)},"type":"${MessageType.Next}","payload":`;
  const around = Buffer.byteLength(head) + 1;
  /** A message is under way, or waits for its turn. */
  let occupied = false;

  return new Promise((resolve, reject) => {
    function pump(): void {
      if (occupied) return;
      if (!outlet.open) return resolve();
      if (outlet.busy) {
        occupied = true;
        return outlet.whenFree(free);
      }
      let result: string | undefined;
      try {
        result = results.take();
      } catch (error) {
        return reject(error instanceof Error ? error : new Error(String(error)));
      }
      if (result !== undefined) {
        occupied = true;
        const text = Buffer.from(`${head}${result}}`);
        onSend(text.length - around);
        outlet.write(text, sent);
      } else if (results.ended) resolve();
    }

    /** The message is with the operating system, or the socket is gone. */
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
