import { createServer } from "node:http";
import type { AppContext } from "./app-context.ts";
import { rememberAddress } from "./http/guards/client-address.ts";
import { answerVisitor } from "./http/answer-visitor.ts";
import { answerCors } from "./http/guards/cors.ts";
import { refuseHost } from "./http/guards/hosts.ts";
import { createLiveResponses } from "./http/streams/live-responses.ts";
import { createHttpParts } from "./http/parts.ts";
import { createProxyWarning } from "./http/guards/proxy-warning.ts";
import { createStripeWebhook } from "./http/stripe-webhook.ts";
import { createWebSocketTransport } from "./http/websocket/websocket.ts";
import { createGraphql } from "./http/graphql/yoga.ts";
import { answerHealth } from "./platform/health.ts";
import { listen } from "./platform/listen.ts";
import { withTimeout } from "./platform/timing.ts";

export type App = Readonly<{
  /** @returns the port that was taken */
  listen(): Promise<number>;
  /** Lets requests end and sends sockets away; after the limit what is left is cut. */
  close(): Promise<void>;
}>;

/** A connection on which nothing moves is cut, in milliseconds; event streams carry a ping every 12 s. */
const SILENCE_LIMIT_MS = 30_000;
/** A client that takes longer to send a request is cut off, in milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;
/**
 * How long a connection stays open for the next request, in milliseconds. Proxies reuse theirs for up to 60 s (nginx,
 * AWS' load balancers): if the API closed first, the request on its way would fail with 502.
 */
const KEEP_ALIVE_MS = 65_000;

/** The API: GraphQL over HTTP, SSE and WebSocket on `/graphql`; health and Stripe's webhook beside it. */
export function createApp(ctx: AppContext): App {
  const parts = createHttpParts(ctx);
  const live = createLiveResponses(parts);
  const yoga = createGraphql(parts, live);
  let stopping = false;

  const timeouts = {
    requestTimeout: REQUEST_TIMEOUT_MS,
    headersTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  };
  const warnOfProxy = createProxyWarning(ctx);
  const answerStripeWebhook = createStripeWebhook(parts);
  const server = createServer(timeouts, (request, response) => {
    // What is read of one answer is for its asker alone, and is what its type says.
    response.setHeader("cache-control", "no-store");
    response.setHeader("x-content-type-options", "nosniff");
    if (answerHealth(ctx, request, response, { stopping })) return;
    if (answerStripeWebhook(request, response)) return;
    if (!parts.isOwnHost(request)) return refuseHost(response);
    if (answerCors(request, response, parts.origins)) return;
    warnOfProxy(request);
    if (answerVisitor(request, response, ctx.config.graphql)) return;
    void yoga(request, response);
  });
  server.setTimeout(SILENCE_LIMIT_MS);
  server.on("connection", rememberAddress);
  const sockets = createWebSocketTransport(parts, { server, yoga });

  return {
    listen() {
      const { port, host } = ctx.config.http;
      return listen(server, { port, host, portSetting: "PORT", hostSetting: "HOST" });
    },
    async close() {
      stopping = true;
      const closed = new Promise((resolve) => server.close(resolve));
      const gone = sockets.close();
      live.close();
      try {
        await withTimeout(Promise.all([closed, gone]), ctx.config.shutdownGrace, "connections are left");
      } catch {
        server.closeAllConnections();
      }
      parts.sessions.close();
      parts.feeds.close();
    },
  };
}
