import type { IncomingMessage } from "node:http";
import { DomainError } from "../../errors.ts";
import { isOwnOrigin } from "../guards/own-origin.ts";
import type { HttpParts } from "../parts.ts";
import { readBody } from "../read-body.ts";

/** Bytes of a request: a number, a code, a name and a password fit well. */
const MAX_BYTES = 16 * 1024;

/**
 * Reads a POST that must come from a page of the API's own origin: a browser names the origin of every POST, and no page
 * can send JSON to another origin without asking first. `CORS_ORIGINS` does not count: cookies are for our own pages.
 *
 * @returns the body, parsed
 * @throws {DomainError} `FORBIDDEN` for other origins and for programs; `BAD_USER_INPUT`; `RATE_LIMITED`
 */
export async function readPagePost({ app, budgets, readAddress }: HttpParts, request: IncomingMessage) {
  await budgets.takeRequest({ ip: readAddress(request) });
  const { origin, host, "sec-fetch-site": site, "content-type": type } = request.headers;
  const own = origin !== undefined && isOwnOrigin(origin, host, app.config.http);
  if (!own || (site !== undefined && site !== "same-origin"))
    throw new DomainError("FORBIDDEN", "Only pages of the API's own origin may use this; others use GraphQL.");
  if (type?.split(";")[0]?.trim().toLowerCase() !== "application/json")
    throw new DomainError("BAD_USER_INPUT", "Send the request as application/json.");
  const body = await readBody(request, { maxBytes: MAX_BYTES, maxReadBytes: 4 * MAX_BYTES });
  if (!Buffer.isBuffer(body)) throw new DomainError("BAD_USER_INPUT", `A request has at most ${MAX_BYTES} bytes.`);
  try {
    return JSON.parse(body.toString("utf8")) as unknown;
  } catch {
    throw new DomainError("BAD_USER_INPUT", "The request is not JSON.");
  }
}
