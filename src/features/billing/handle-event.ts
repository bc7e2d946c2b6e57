import type { AppContext } from "../../app-context.ts";
import type { ReceivedEvent } from "../../platform/stripe/events.ts";
import type { StripeApi } from "../../platform/stripe/stripe.ts";
import { syncCustomer, type Synced } from "./sync-customer.ts";

/** The outcome of an event; `ignored`: nothing here depends on it. */
export type Handled = Synced["kind"] | "ignored";

/** Events after which the customer's subscription may have changed. */
const HANDLED = new Set([
  "checkout.session.completed",
  "customer.subscription.created",
  "customer.subscription.updated",
  "customer.subscription.deleted",
  "customer.subscription.paused",
  "customer.subscription.resumed",
  "invoice.paid",
  "invoice.payment_failed",
  "invoice.payment_action_required",
  "customer.deleted",
  "charge.refunded",
  "charge.dispute.created",
]);

/** Refunds and disputes. Stripe decides whether the subscription continues: see docs/BILLING.md. */
const MONEY_BACK = new Set(["charge.refunded", "charge.dispute.created"]);

/**
 * Handles an event of Stripe's, once. Only its customer is read from it: the customer's present state is fetched, so
 * events may come late, twice, or in any order.
 *
 * @throws when it could not be handled, so that Stripe sends it again
 */
export async function handleEvent(ctx: AppContext, stripe: StripeApi, event: ReceivedEvent): Promise<Handled> {
  if (!HANDLED.has(event.type)) return "ignored";
  if (await ctx.db.stripeEvent.findUnique({ where: { id: event.id }, select: { id: true } })) return "repeated";
  const customerId = event.customerId ?? (event.chargeId && (await stripe.readChargedCustomer(event.chargeId)));
  if (!customerId) return "ignored";
  const { kind } = await syncCustomer(ctx, stripe, customerId, event);
  if (MONEY_BACK.has(event.type) && kind !== "repeated" && kind !== "unknown") {
    ctx.logger.warn({ customerId, chargeId: event.chargeId, type: event.type }, "money went back to a customer");
  }
  return kind;
}
