import type { ServerResponse } from "node:http";
import type { LiveResults } from "../graphql/subscribe.ts";
import type { LiveFormat } from "./live-formats.ts";

/** Between pings of a stream, in milliseconds. Proxies cut streams that are silent for 30 or 60 s. */
const PING_INTERVAL_MS = 12_000;
/** How long a client may take to take a piece, in milliseconds. */
const STALL_LIMIT_MS = 10_000;

const HEADERS = {
  // Compressing proxies hold data back until they have enough.
  "cache-control": "no-store, no-transform",
  // Otherwise nginx buffers 4 KiB before it forwards anything.
  "x-accel-buffering": "no",
};

/**
 * Sends a subscription's results as an answer, until one of both ends. The next result is taken only when the
 * connection has taken the last one: until then the feed holds nothing for this reader but its position. A client that
 * takes nothing is cut off; it comes back with its position.
 *
 * @param results closed by the caller, with the response
 * @param options.onSlow called when the response is cut because its client takes nothing
 */
export function deliverResponse(
  response: ServerResponse,
  results: LiveResults,
  format: LiveFormat,
  options: { onSlow(): void; pingIntervalMs?: number; stallLimitMs?: number },
): void {
  const { onSlow, pingIntervalMs = PING_INTERVAL_MS, stallLimitMs = STALL_LIMIT_MS } = options;
  let underWay = false;
  let stall: NodeJS.Timeout | undefined;

  function pump(): void {
    if (underWay || response.writableEnded || response.destroyed) return;
    let result: string | undefined;
    try {
      result = results.take();
    } catch (error) {
      const [before, after] = format.failure;
      return finish(`${before}${JSON.stringify([error])}${after}${format.end}`);
    }
    const [before, after] = format.result;
    if (result !== undefined) write(`${before}${result}${after}`);
    else if (results.ended) finish(format.end);
  }

  function write(piece: string): void {
    underWay = true;
    response.write(piece, sent);
    limitStall();
  }

  /** The operating system has it, or the response is closed. */
  function sent(): void {
    underWay = false;
    clearTimeout(stall);
    stall = undefined;
    pump();
  }

  function finish(last: string): void {
    response.end(last);
    limitStall();
  }

  function limitStall(): void {
    // The operating system mostly takes a piece at once.
    if (response.writableLength > 0) stall ??= setTimeout(cut, stallLimitMs);
  }

  function cut(): void {
    onSlow();
    response.destroy();
  }

  const ping = setInterval(() => {
    if (!underWay && !response.writableEnded) write(format.ping);
  }, pingIntervalMs);
  response.once("close", () => {
    clearInterval(ping);
    clearTimeout(stall);
  });
  response.writeHead(200, { ...HEADERS, "content-type": format.contentType });
  results.onNews(pump);
  write(format.begin);
}
