import type { IncomingMessage, ServerResponse } from "node:http";
import type { Origins } from "./origins.ts";

/** How long a browser may remember what an origin may do, in seconds. */
const MAX_AGE_S = 86_400;
/** What a page may read of an answer, beside its body. */
const EXPOSED = "x-request-id, retry-after";

/**
 * Lets pages of allowed origins, and of no other, call the API (Fetch standard, CORS). Credentials are never allowed:
 * there are no cookies. Such a page may send any header: tracing and client libraries add their own.
 *
 * @returns whether the request was a preflight, which is answered by now
 */
export function answerCors(request: IncomingMessage, response: ServerResponse, origins: Origins): boolean {
  response.setHeader("vary", "origin");
  const { origin, "access-control-request-method": method } = request.headers;
  if (origin === undefined || !origins.allow(origin)) return false;
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-expose-headers", EXPOSED);
  if (request.method !== "OPTIONS" || method === undefined) return false;
  response.setHeader("vary", "origin, access-control-request-headers");
  response.setHeader("access-control-allow-methods", "GET, POST, OPTIONS");
  response.setHeader("access-control-max-age", MAX_AGE_S);
  const headers = listOf(request.headers["access-control-request-headers"]);
  if (headers.length > 0) response.setHeader("access-control-allow-headers", headers.join(", "));
  response.writeHead(204).end();
  return true;
}

const listOf = (header: string | undefined): string[] =>
  (header ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
