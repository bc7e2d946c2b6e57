import type { Stripe } from "stripe";
import { z } from "zod";
import { toDate } from "./stripe-subscriptions.ts";

/** An event whose signature is Stripe's. Of what it carries only whom it is about counts: the rest may be old by now. */
export type ReceivedEvent = Readonly<{
  id: string;
  type: string;
  createdAt: Date;
  customerId: string | null;
  /** For what names a charge instead of a customer. */
  chargeId: string | null;
}>;

/** The request does not come from Stripe, or is too old, or is no event. */
export class ForgedEvent extends Error {
  override readonly name = "ForgedEvent";
}

/** An event may be so old when it comes, in seconds; each delivery is signed anew. */
const TOLERANCE_S = 300;

const Reference = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]).nullish();
const Subject = z.object({ object: z.string(), id: z.string().nullish(), customer: Reference, charge: Reference });
const Event = z.object({
  id: z.string().min(1),
  type: z.string(),
  created: z.number(),
  // What cannot be read so is about nobody.
  data: z.object({ object: Subject.nullish().catch(null) }),
});

/**
 * @param body as it came, byte for byte: the signature is one of bytes
 * @throws {ForgedEvent}
 */
export function readStripeEvent(stripe: Stripe, body: Buffer, signature: string, secret: string): ReceivedEvent {
  const { id, type, created, data } = verify(stripe, body, signature, secret);
  const subject = data.object;
  const customerId = subject?.object === "customer" ? subject.id : subject?.customer;
  const chargeId = subject?.object === "charge" ? subject.id : subject?.charge;
  return { id, type, createdAt: toDate(created), customerId: customerId ?? null, chargeId: chargeId ?? null };
}

function verify(stripe: Stripe, body: Buffer, signature: string, secret: string): z.output<typeof Event> {
  try {
    return Event.parse(stripe.webhooks.constructEvent(body, signature, secret, TOLERANCE_S));
  } catch (error) {
    throw new ForgedEvent("not signed by Stripe, too old, or no event", { cause: error });
  }
}
