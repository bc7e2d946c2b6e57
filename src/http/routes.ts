import type { IncomingMessage, ServerResponse } from "node:http";
import { answerHealth } from "../platform/health.ts";
import { answerNotFound, isBrowser, isVisitor, answerVisitor } from "./answer-visitor.ts";
import type { HttpParts } from "./parts.ts";
import { workerKillTopic } from "../platform/redis/worker-kill.ts";
import { answerPagePosts } from "./sessions/answer-page-posts.ts";
import { createCookieSessions } from "./sessions/cookie-sessions.ts";
import { createStripeWebhook } from "./stripe-webhook.ts";
import { createWebPages } from "./web-pages.ts";

export type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** Who answers a path. Of several that fit a request, the first one does. */
export type Route = Readonly<{
  /** Without the query; with `*` at its end for every path that begins so. */
  path: string;
  /** `*` for every method; HEAD goes with GET. */
  method: string;
  /** What else the request must be. */
  when?: (request: IncomingMessage) => boolean;
  /** For machines only, with any Host: it skips the guards against foreign pages. */
  unguarded?: true;
  /** Asked so often that nobody would find another request in the log. */
  unlogged?: true;
  handle: Handle;
}>;

/** The addresses of the chat page: it reads its path by itself. */
const CHAT_PATHS = ["/", "/c/*", "/settings", "/settings/*"];

/** All that the API answers over HTTP. Upgrades to WebSocket have a way of their own. */
export function createRoutes(parts: HttpParts, options: { graphql: Handle; isStopping(): boolean }): readonly Route[] {
  const { app } = parts;
  const { graphql, isStopping } = options;
  const health: Handle = (request, response) => {
    answerHealth(app, request, response, { stopping: isStopping(), readsWithoutRedis: true });
  };
  const pages = createWebPages(app);
  const chat = pages.chat();
  const killWorker = answerPagePosts(parts, async () => {
    await app.pubsub.publish(workerKillTopic, "", {});
    return null;
  });
  const forPeople: Route[] = app.config.web
    ? [
        ...CHAT_PATHS.map((path) => ({ path, method: "GET", when: isBrowser, handle: chat })),
        { path: "/suggestions", method: "GET", handle: pages.suggestions() },
        { path: "/session/*", method: "POST", handle: createCookieSessions(parts) },
        ...(app.config.development ? [{ path: "/development/kill-worker", method: "POST", handle: killWorker }] : []),
      ]
    : [];
  const forBrowsers: Route[] = app.config.graphql.graphiql
    ? [
        { path: "/graphql", method: "GET", when: isBrowser, handle: pages.graphiql() },
        { path: "/graphql/", method: "GET", when: isBrowser, handle: pages.withoutSlash },
      ]
    : ["/graphql", "/graphql/"].map((path) => ({ path, method: "GET", when: isVisitor, handle: answerVisitor }));
  return [
    { path: "/health", method: "*", unguarded: true, unlogged: true, handle: health },
    { path: "/ready", method: "*", unguarded: true, unlogged: true, handle: health },
    { path: "/webhooks/stripe", method: "*", unguarded: true, handle: createStripeWebhook(parts) },
    ...(app.config.web || app.config.graphql.graphiql
      ? [{ path: "/assets/*", method: "GET", handle: pages.asset }]
      : []),
    ...forBrowsers,
    ...forPeople,
    { path: "/graphql", method: "*", handle: graphql },
    { path: "/graphql/", method: "*", handle: graphql },
    { path: "/", method: "*", handle: answerVisitor },
    { path: "*", method: "*", handle: answerNotFound },
  ];
}
