import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { refuseLostUpgrade } from "./answer-visitor.ts";
import { rememberAddress } from "./guards/client-address.ts";
import { answerCors } from "./guards/cors.ts";
import { refuseHost } from "./guards/hosts.ts";
import { createProxyWarning } from "./guards/proxy-warning.ts";
import type { HttpParts } from "./parts.ts";
import { createRequestNamer } from "./request-id.ts";
import { logRequest } from "./request-log.ts";
import type { Route } from "./routes.ts";

/** A connection on which nothing moves is cut, in milliseconds; event streams carry a ping every 12 s. */
const SILENCE_LIMIT_MS = 30_000;
/** A client that takes longer to send a request is cut off, in milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;
/**
 * How long a connection stays open for the next request, in milliseconds. Proxies reuse theirs for up to 60 s (nginx,
 * AWS' load balancers): if the API closed first, the request on its way would fail with 502.
 */
const KEEP_ALIVE_MS = 65_000;

/**
 * Serves a table of routes, behind the guards. It does not listen yet.
 *
 * @param isStopping from then on each answer asks its client to open the next connection elsewhere
 */
export function createHttpServer(parts: HttpParts, routes: readonly Route[], isStopping: () => boolean): Server {
  const { app } = parts;
  const guard = createGuard(parts);
  const nameRequest = createRequestNamer(app.config.http.trustProxy);
  const timeouts = {
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const server = createServer(timeouts, (request, response) => {
    // An answer is for its client alone, and has exactly the stated type.
    response.setHeader("cache-control", "no-store");
    response.setHeader("x-content-type-options", "nosniff");
    if (isStopping()) response.setHeader("connection", "close");
    nameRequest(request, response);
    const asked = request.url?.split("?", 1)[0] ?? "";
    const route = routes.find((each) => fits(each, asked, request));
    if (!route?.unlogged) logRequest(app, { request, response, path: route?.path ?? "*" });
    if (!route?.unguarded && guard(request, response)) return;
    if (route) route.handle(request, response);
    else response.writeHead(404).end();
  });
  server.setTimeout(SILENCE_LIMIT_MS);
  server.on("connection", rememberAddress);
  return server;
}

function fits({ path, method, when }: Route, asked: string, request: IncomingMessage): boolean {
  if (path.endsWith("*") ? !asked.startsWith(path.slice(0, -1)) : asked !== path) return false;
  const fitting = method === "*" || request.method === method || (method === "GET" && request.method === "HEAD");
  return fitting && (when?.(request) ?? true);
}

/** @returns refuses what may not pass, or answers for all routes; returns whether it has answered */
function createGuard({ app, isOwnHost, origins }: HttpParts) {
  const warnOfProxy = createProxyWarning(app);
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    if (!isOwnHost(request)) {
      refuseHost(response);
      return true;
    }
    if (answerCors(request, response, origins)) return true;
    warnOfProxy(request);
    return refuseLostUpgrade(request, response);
  };
}
