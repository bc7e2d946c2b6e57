import type { Stripe } from "stripe";
import { z } from "zod";
import { toDate } from "./subscriptions.ts";

/** An event with Stripe's signature. Only its customer is used: the rest may be outdated. */
export type ReceivedEvent = Readonly<{
  id: string;
  type: string;
  createdAt: Date;
  customerId: string | null;
  /** For what names a charge instead of a customer. */
  chargeId: string | null;
}>;

/** The request does not come from Stripe, or is too old. */
export class ForgedEvent extends Error {
  override readonly name = "ForgedEvent";
}

/** The request comes from Stripe, but names no customer: the endpoint is set up wrongly there. */
export class UnusableEvent extends Error {
  override readonly name = "UnusableEvent";
}

/** The greatest age of an event, in seconds; each delivery has a new signature. */
const TOLERANCE_S = 300;

/** An id or a type of Stripe's, at most 255 characters (https://docs.stripe.com/upgrades); these are stored. */
const Word = z.string().regex(/^[\x21-\x7e]{1,255}$/);
/** Seconds of a time that PostgreSQL stores and people write, up to the year 9999. */
const Time = z.int().min(0).max(253_402_300_799);
const Reference = z.union([Word, z.object({ id: Word }).transform(({ id }) => id)]).nullish();
const Subject = z.object({ object: z.string(), id: Word.nullish(), customer: Reference, charge: Reference });
const Event = z.object({
  id: Word,
  type: Word,
  created: Time,
  // What cannot be read so is about nobody.
  data: z.object({ object: Subject.nullish().catch(null) }),
});

/** As Stripe's API v2 calls its events, whatever they are about: they carry ids, and none of a customer. */
const THIN = "v2.core.event";

/**
 * @param body as it came, byte for byte: the signature is one of bytes
 * @param secrets any of which may have signed it: while one is replaced by another, both are in use
 * @throws {ForgedEvent | UnusableEvent}
 */
export function readStripeEvent(
  stripe: Stripe,
  body: Buffer,
  signature: string,
  secrets: readonly string[],
): ReceivedEvent {
  if (!secrets.some((secret) => isSignedBy(stripe, body, signature, secret)))
    throw new ForgedEvent("not signed by Stripe, or too old");
  const { id, type, created, data } = parse(body);
  const subject = data.object;
  const customerId = subject?.object === "customer" ? subject.id : subject?.customer;
  const chargeId = subject?.object === "charge" ? subject.id : subject?.charge;
  return { id, type, createdAt: toDate(created), customerId: customerId ?? null, chargeId: chargeId ?? null };
}

function isSignedBy(stripe: Stripe, body: Buffer, signature: string, secret: string): boolean {
  try {
    return stripe.webhooks.signature?.verifyHeader(body, signature, secret, TOLERANCE_S) ?? false;
  } catch {
    return false;
  }
}

function parse(body: Buffer): z.output<typeof Event> {
  let content: unknown;
  try {
    content = JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new UnusableEvent("signed by Stripe, but not JSON", { cause: error });
  }
  if (typeof content === "object" && content !== null && "object" in content && content.object === THIN)
    throw new UnusableEvent(`a thin event (${THIN}): have Stripe send snapshot events to this endpoint`);
  const { data, error } = Event.safeParse(content);
  if (!data) throw new UnusableEvent("signed by Stripe, but no event", { cause: error });
  return data;
}
