import type { IncomingMessage, ServerResponse } from "node:http";
import { answerHealth } from "../platform/health.ts";
import { answerNowhere, isVisitor, welcomeVisitor } from "./answer-visitor.ts";
import type { Yoga } from "./graphql/yoga.ts";
import type { HttpParts } from "./parts.ts";
import { createStripeWebhook } from "./stripe-webhook.ts";

export type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/** Who answers a path. Of several that fit a request, the first one does. */
export type Route = Readonly<{
  /** Without the query; `*` for every path. */
  path: string;
  /** `*` for every method. */
  method: string;
  /** What else the request must be. */
  when?: (request: IncomingMessage) => boolean;
  /** For machines alone, by whatever Host they call it: it passes the guards that stand against foreign pages. */
  unguarded?: true;
  handle: Handle;
}>;

/** All that the API answers over HTTP. Upgrades to WebSocket have a way of their own. */
export function createRoutes(parts: HttpParts, options: { yoga: Yoga; isStopping(): boolean }): readonly Route[] {
  const { app } = parts;
  const { yoga, isStopping } = options;
  const health: Handle = (request, response) => {
    answerHealth(app, request, response, { stopping: isStopping() });
  };
  // GraphiQL's page stands there instead, if it is on.
  const isWelcome = (request: IncomingMessage) => !app.config.graphql.graphiql && isVisitor(request);
  const graphql: Handle = (request, response) => void yoga(request, response);
  return [
    { path: "/health", method: "*", unguarded: true, handle: health },
    { path: "/ready", method: "*", unguarded: true, handle: health },
    { path: "/webhooks/stripe", method: "*", unguarded: true, handle: createStripeWebhook(parts) },
    ...["/graphql", "/graphql/"].flatMap((path): Route[] => [
      { path, method: "GET", when: isWelcome, handle: welcomeVisitor },
      { path, method: "*", handle: graphql },
    ]),
    { path: "/", method: "*", handle: welcomeVisitor },
    { path: "*", method: "*", handle: answerNowhere },
  ];
}
