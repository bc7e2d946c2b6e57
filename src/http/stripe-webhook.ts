import type { IncomingMessage, ServerResponse } from "node:http";
import type { AppContext } from "../app-context.ts";
import { handleEvent } from "../billing/handle-event.ts";
import { DomainError } from "../errors.ts";
import { isPartAway } from "../platform/is-part-away.ts";
import { ForgedEvent } from "../platform/stripe-events.ts";
import type { StripeApi } from "../platform/stripe.ts";

const PATH = "/webhooks/stripe";
/** Bytes of an event; Stripe's largest are far below. */
const MAX_EVENT_BYTES = 512 * 1024;

/**
 * Answers `POST /webhooks/stripe`: 200 when the event is stored, or means nothing here; 400 when it is not Stripe's;
 * 413 when it is too long; 5xx when it has to come again. Browsers send it nothing that is signed, so it needs no other
 * guard.
 *
 * @returns whether the request was for it
 */
export function answerStripeWebhook(ctx: AppContext, request: IncomingMessage, response: ServerResponse): boolean {
  if (request.url?.split("?")[0] !== PATH) return false;
  void answer(ctx, request, response);
  return true;
}

async function answer(ctx: AppContext, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const { status, said } = await receive(ctx, request);
    say(response, status, said, status === 405 ? { allow: "POST" } : {});
  } catch (error) {
    const away = error instanceof DomainError ? error.code === "UNAVAILABLE" : isPartAway(error);
    ctx.log[away ? "warn" : "error"]({ err: error }, "could not handle an event of Stripe's, which comes again");
    say(response, away ? 503 : 500, "not handled, send it again");
  }
}

async function receive(ctx: AppContext, request: IncomingMessage): Promise<{ status: number; said: string }> {
  if (!ctx.stripe) return { status: 404, said: "billing is disabled" };
  if (request.method !== "POST") return { status: 405, said: "send events with POST" };
  const body = await readBody(request);
  if (body === "too long") return { status: 413, said: `an event has at most ${MAX_EVENT_BYTES} bytes` };
  if (body === "cut off") return { status: 400, said: "the request was cut off" };
  return accept(ctx, ctx.stripe, body, String(request.headers["stripe-signature"] ?? ""));
}

async function accept(ctx: AppContext, stripe: StripeApi, body: Buffer, signature: string) {
  try {
    const event = await stripe.readEvent(body, signature);
    const outcome = await handleEvent(ctx, stripe, event);
    ctx.log.info({ eventId: event.id, type: event.type, outcome }, "event of Stripe's");
    // It may have been meant for another account; here it can never have an effect, but the operator has to see it.
    return outcome === "missing" ? { status: 500, said: "no such customer" } : { status: 200, said: outcome };
  } catch (error) {
    if (!(error instanceof ForgedEvent)) throw error;
    ctx.log.warn({ err: error }, "an event that is not Stripe's");
    return { status: 400, said: error.message };
  }
}

/** The body as it came, read to its end also when it is too long: else the connection's next request waits for ever. */
async function readBody(request: IncomingMessage): Promise<Buffer | "too long" | "cut off"> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length <= MAX_EVENT_BYTES) chunks.push(chunk);
    }
  } catch {
    return "cut off";
  }
  return length > MAX_EVENT_BYTES ? "too long" : Buffer.concat(chunks);
}

function say(response: ServerResponse, status: number, said: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers });
  response.end(JSON.stringify({ said }));
}
