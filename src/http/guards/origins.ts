import type { Config } from "../../config.ts";

/** Which pages may use the API: over HTTP (CORS) and over a WebSocket. */
export type Origins = Readonly<{
  /** Takes an `Origin` header as a browser writes it, such as `http://localhost:5173`; `null` is never allowed. */
  allow(origin: string): boolean;
}>;

const LOCAL_HOSTS = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Allows the origins of `CORS_ORIGINS` and, in development, every page that comes from this machine: a front end's
 * development server has a port of its own.
 */
export function createOrigins({ corsOrigins, localPages }: Config["http"]): Origins {
  const listed = new Set(corsOrigins);
  return { allow: (origin) => listed.has(origin) || (localPages && isLocal(origin)) };
}

function isLocal(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname, origin: normal } = new URL(origin);
  return ["http:", "https:"].includes(protocol) && normal === origin && LOCAL_HOSTS.has(hostname);
}
