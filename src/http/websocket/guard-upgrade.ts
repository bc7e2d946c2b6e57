import { STATUS_CODES, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { ErrorCode } from "../../errors.ts";
import { FOREIGN_HOST } from "../guards/hosts.ts";
import { isOwnOrigin } from "../guards/own-origin.ts";
import type { HttpParts } from "../parts.ts";

/** Why an upgrade is answered over HTTP, and no socket is opened. */
export type UpgradeRefusal = Readonly<{ status: number; code: ErrorCode; message: string }>;

/**
 * Checks whether an upgrade may open a socket. Browsers let every page open one and only name its origin: pages of
 * other origins than the API's own and the allowed ones are refused. A request without an origin comes from no browser.
 *
 * @returns null for one that may
 */
export function checkUpgrade(
  request: IncomingMessage,
  { app, origins, isOwnHost }: HttpParts,
  endpoint: string,
): UpgradeRefusal | null {
  const path = request.url?.split("?")[0]?.replace(/(?<=.)\/$/, "");
  if (path !== endpoint)
    return { status: 404, code: "NOT_FOUND", message: `There is nothing here; GraphQL is at ${endpoint}.` };
  if (!isOwnHost(request)) return FOREIGN_HOST;
  const { origin, host } = request.headers;
  if (origin !== undefined && !isOwnOrigin(origin, host, app.config.http) && !origins.allow(origin))
    return { status: 403, code: "FORBIDDEN", message: "Pages of this origin may not connect; CORS_ORIGINS allows it." };
  return null;
}

/** Answers an upgrade as HTTP, and ends the connection. */
export function refuseUpgrade(connection: Duplex, { status, code, message }: UpgradeRefusal): void {
  const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "content-type: application/json; charset=utf-8",
    "cache-control: no-store",
    "x-content-type-options: nosniff",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  connection.on("error", () => {});
  connection.once("finish", () => connection.destroy());
  connection.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
