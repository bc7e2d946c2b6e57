import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";

/** What is encoded at once, in UTF-16 code units: some 200 KB take a millisecond. */
const PIECE_LENGTH = 64 * 1024;
/** How long a client may take to take a piece, in milliseconds. */
const STALL_LIMIT_MS = 10_000;

/**
 * Ends a response with a long text, in pieces, so that others are answered between them. The next piece follows when the
 * connection has taken the last one; a client that takes nothing is cut off.
 *
 * @param options.onSlow called when the response is cut because its client takes nothing
 * @returns when all of it is written, or the response has closed
 */
export async function deliverText(
  response: ServerResponse,
  text: string,
  options: { onSlow(): void; stallLimitMs?: number },
): Promise<void> {
  const { onSlow, stallLimitMs = STALL_LIMIT_MS } = options;
  const stall = setTimeout(() => {
    onSlow();
    response.destroy();
  }, stallLimitMs);
  const closing = new AbortController();
  const stop = () => closing.abort();
  response.once("close", stop);
  try {
    for (let at = 0; at < text.length && !response.destroyed;) {
      const end = endOfPiece(text, at);
      if (!response.write(text.slice(at, end))) await once(response, "drain", closing);
      at = end;
      stall.refresh();
      await nextTurn();
    }
    response.end();
  } catch (error) {
    if (!closing.signal.aborted) throw error;
  } finally {
    clearTimeout(stall);
    response.off("close", stop);
  }
}

/** Half of a surrogate pair has no encoding. */
function endOfPiece(text: string, begin: number): number {
  const end = begin + PIECE_LENGTH;
  const last = text.charCodeAt(end - 1);
  return last >= 0xd800 && last < 0xdc00 ? end - 1 : end;
}
