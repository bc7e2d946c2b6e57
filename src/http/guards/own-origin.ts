import type { Config } from "../../config.ts";

/**
 * Whether a page's origin is the API's own, also behind a proxy, which may change the Host and end TLS.
 *
 * @param origin the `Origin` header as a browser writes it
 * @param host the `Host` header
 */
export function isOwnOrigin(origin: string, host: string | undefined, { appUrl }: Config["http"]): boolean {
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  return page.origin === new URL(appUrl).origin || page.host === host?.toLowerCase();
}
