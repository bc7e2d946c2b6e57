import type { IncomingMessage, ServerResponse } from "node:http";
import type { AppContext } from "../app-context.ts";
import { handleEvent } from "../features/billing/handle-event.ts";
import { DomainError } from "../errors.ts";
import { isTransient } from "../platform/is-transient.ts";
import { ForgedEvent, UnusableEvent } from "../platform/stripe/events.ts";
import type { StripeApi } from "../platform/stripe/stripe.ts";
import type { HttpParts } from "./parts.ts";
import { readBody } from "./read-body.ts";
import { createForgeryBudget, type ForgeryBudget } from "./guards/forgery-budget.ts";

/** Bytes of an event; Stripe's largest are far below. */
const MAX_EVENT_BYTES = 512 * 1024;
/** Bytes that are read of a body that is too long, so that its sender sees the answer. Then the connection is cut. */
const MAX_READ_BYTES = 4 * MAX_EVENT_BYTES;

type Answer = Readonly<{ status: number; said: string; headers?: Record<string, string> }>;

/**
 * Answers `POST /webhooks/stripe`: 200 when the event is stored, or irrelevant; 400 when it is not Stripe's, or
 * unusable; 413 when it is too long; 429 when the address has sent too many of those; 5xx when Stripe should send it
 * again. Only Stripe can sign a request, so it needs no other guard.
 */
export function createStripeWebhook({ app, readAddress }: HttpParts) {
  const forgeries = createForgeryBudget();
  return (request: IncomingMessage, response: ServerResponse): void => {
    void answer({ app, forgeries, ip: readAddress(request), request }, response);
  };
}

/** The request's body and sender. */
type Post = Readonly<{ app: AppContext; forgeries: ForgeryBudget; ip: string | null; request: IncomingMessage }>;

async function answer(post: Post, response: ServerResponse): Promise<void> {
  const { app, request } = post;
  try {
    const answered = await receive(post);
    say(response, answered);
    // The rest of such a body is not read.
    if (REFUSED.has(answered.status) && !request.complete) response.once("finish", () => request.destroy());
  } catch (error) {
    const passes = error instanceof DomainError ? error.code === "UNAVAILABLE" : isTransient(error);
    app.logger[passes ? "warn" : "error"]({ err: error }, "could not handle an event of Stripe's, which comes again");
    say(response, { status: passes ? 503 : 500, said: "not handled, send it again" });
  }
}

async function receive(post: Post): Promise<Answer> {
  const { app, forgeries, ip, request } = post;
  if (!app.stripe) return { status: 404, said: "billing is disabled" };
  if (request.method !== "POST") return { status: 405, said: "send events with POST", headers: { allow: "POST" } };
  if (await forgeries.isSpent(ip)) return TOO_MANY;
  const body = await readBody(request, { maxBytes: MAX_EVENT_BYTES, maxReadBytes: MAX_READ_BYTES });
  // Others of this address may have been looked at meanwhile.
  if (await forgeries.isSpent(ip)) return TOO_MANY;
  if (Buffer.isBuffer(body)) return accept(post, app.stripe, body);
  await forgeries.count(ip);
  return body === "too long"
    ? { status: 413, said: `an event has at most ${MAX_EVENT_BYTES} bytes` }
    : { status: 400, said: "the request was cut off" };
}

/** Too long, or too many. */
const REFUSED = new Set([413, 429]);

const TOO_MANY: Answer = {
  status: 429,
  said: "too many events that are not Stripe's",
  headers: { "retry-after": "60" },
};

async function accept({ app, forgeries, ip, request }: Post, stripe: StripeApi, body: Buffer): Promise<Answer> {
  try {
    const event = await stripe.readEvent(body, String(request.headers["stripe-signature"] ?? ""));
    const outcome = await handleEvent(app, stripe, event);
    app.logger.info({ eventId: event.id, type: event.type, outcome }, "event of Stripe's");
    // It may have been meant for another account; here it can never have an effect, but the operator has to see it.
    return outcome === "missing" ? { status: 500, said: "no such customer" } : { status: 200, said: outcome };
  } catch (error) {
    if (error instanceof UnusableEvent) {
      app.logger.error(
        { err: error },
        "an event of Stripe's that cannot be used: look at the endpoint's settings there",
      );
      return { status: 400, said: error.message };
    }
    if (!(error instanceof ForgedEvent)) throw error;
    // Logged once a minute for each address; the others are counted.
    if ((await forgeries.count(ip)) === 1) app.logger.warn({ err: error, ip }, "an event that is not Stripe's");
    return { status: 400, said: error.message };
  }
}

function say(response: ServerResponse, { status, said, headers = {} }: Answer): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers });
  response.end(JSON.stringify({ said }));
}
