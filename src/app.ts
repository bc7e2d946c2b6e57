import type { AppContext } from "./app-context.ts";
import { createGraphql } from "./http/graphql/yoga.ts";
import { createHttpParts } from "./http/parts.ts";
import { createRoutes } from "./http/routes.ts";
import { createHttpServer } from "./http/server.ts";
import { stopListening } from "./http/stop-listening.ts";
import { createLiveResponses } from "./http/streams/live-responses.ts";
import { createWebSocketTransport } from "./http/websocket/websocket.ts";
import { listen } from "./platform/listen.ts";
import { delay, withTimeout } from "./platform/timing.ts";

export type App = Readonly<{
  /** @returns the port that was taken */
  listen(): Promise<number>;
  /** Turns `/ready` to 503, and serves on for `DRAIN`: until load balancers have seen it. */
  drain(): Promise<void>;
  /** Lets requests end and closes sockets; after the limit the rest is cut. */
  close(): Promise<void>;
}>;

/** The API: GraphQL over HTTP, SSE and WebSocket on `/graphql`; health and Stripe's webhook beside it. */
export function createApp(ctx: AppContext): App {
  let stopping = false;
  const isStopping = () => stopping;
  const parts = createHttpParts(ctx);
  const live = createLiveResponses(parts);
  const graphql = createGraphql(parts, live);
  const server = createHttpServer(parts, createRoutes(parts, { graphql: graphql.handle, isStopping }), isStopping);
  const sockets = createWebSocketTransport(parts, { server, yoga: graphql.yoga });

  return {
    listen() {
      const { port, host } = ctx.config.http;
      return listen(server, { port, host, portSetting: "PORT", hostSetting: "HOST" });
    },
    async drain() {
      stopping = true;
      await delay(ctx.config.drain);
    },
    async close() {
      stopping = true;
      const { closed } = await stopListening(server);
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
