import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TrustProxy } from "../config.ts";
import { createProxyCheck } from "./guards/client-address.ts";

const HEADER = "x-request-id";
/** Ids as proxies make them: UUIDs, hexadecimal, base64. */
const READABLE = /^[\w.:+/=@-]{8,128}$/;

/** The id that every answer over HTTP carries, in a header, and that the log knows it by. */
export const requestIdOf = (response: ServerResponse): string => String(response.getHeader(HEADER));

export const createRequestId = (): string => randomUUID();

/**
 * @returns gives each answer its id: the one that a trusted proxy has given its request, or a new one. A client that
 *   comes without a proxy does not choose what the log calls its request.
 */
export function createRequestNamer(trust: TrustProxy): (request: IncomingMessage, response: ServerResponse) => void {
  const isFromProxy = createProxyCheck(trust);
  return (request, response) => {
    const given = request.headers[HEADER];
    const kept = typeof given === "string" && READABLE.test(given) && isFromProxy(request);
    response.setHeader(HEADER, kept ? given : createRequestId());
  };
}
