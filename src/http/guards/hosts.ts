import type { IncomingMessage, ServerResponse } from "node:http";
import type { Config } from "../../config.ts";
import type { ErrorCode } from "../../errors.ts";

/** Whether a request names this server by a name that it knows. */
export type HostCheck = (request: Pick<IncomingMessage, "headers" | "socket">) => boolean;

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * In development nobody proves who they are with more than what any page could read, so a page of another site must not
 * reach this server under a name of its own that leads here (DNS rebinding): the Host has to be this machine's, that of
 * `APP_URL`, or the very address that the connection came to. In production names are the proxy's business.
 */
export function createHostCheck({ production, http }: Pick<Config, "production" | "http">): HostCheck {
  if (production) return () => true;
  const own = hostnameOf(new URL(http.appUrl).host);
  return ({ headers: { host }, socket: { localAddress } }) => {
    if (host === undefined) return true;
    const name = hostnameOf(host);
    // What is no host at all is refused further on, in words of its own.
    if (name === null) return true;
    return LOOPBACK.has(name) || name === own || name === hostnameOf(bracketed(localAddress));
  };
}

/** What is said to a request for another host: "Misdirected Request" (RFC 9110, 15.5.20). */
export const FOREIGN_HOST = {
  status: 421,
  code: "FORBIDDEN" satisfies ErrorCode,
  message: "The Host is not this server's. In development it has to be localhost, or that of APP_URL.",
} as const;

export function refuseHost(response: ServerResponse): void {
  const { status, code, message } = FOREIGN_HOST;
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
}

/** Without the port, as URLs write it. */
function hostnameOf(host: string): string | null {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : null;
}

const bracketed = (address = ""): string => {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  return plain.includes(":") ? `[${plain}]` : plain;
};
