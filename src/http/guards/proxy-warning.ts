import type { IncomingMessage } from "node:http";
import type { AppContext } from "../../app-context.ts";

/** Tells the operator, once, of a proxy that no setting knows of: everybody behind it counts as one address. */
export function createProxyWarning({
  config,
  logger,
}: Pick<AppContext, "config" | "logger">): (request: IncomingMessage) => void {
  const { trustProxy } = config.http;
  let due = trustProxy === 0 || (Array.isArray(trustProxy) && trustProxy.length === 0);
  return ({ headers }) => {
    if (!due || headers["x-forwarded-for"] === undefined) return;
    due = false;
    logger.warn(
      "requests come with X-Forwarded-For, and TRUST_PROXY is not set: all behind a proxy count as one address",
    );
  };
}
