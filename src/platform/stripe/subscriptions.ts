import type { Stripe } from "stripe";
import type { SubscriptionStatus } from "../../generated/prisma/client.ts";

/** A subscription at Stripe, as far as a plan depends on it. */
export type StripeSubscription = Readonly<{
  id: string;
  status: SubscriptionStatus;
  createdAt: Date;
  /** When it ends or is next paid for. */
  currentPeriodEnd: Date | null;
  cancelAtPeriodEnd: boolean;
  /** When the invoice that is owed was made; null where none is. */
  owedSince: Date | null;
}>;

const STATUSES: Readonly<Record<string, SubscriptionStatus>> = {
  incomplete: "INCOMPLETE",
  incomplete_expired: "INCOMPLETE_EXPIRED",
  trialing: "TRIALING",
  active: "ACTIVE",
  past_due: "PAST_DUE",
  canceled: "CANCELED",
  unpaid: "UNPAID",
  paused: "PAUSED",
};

/**
 * Reads a subscription whose `latest_invoice` was asked for too. Its items may each have a period of their own: the
 * subscription's ends with the last of them.
 *
 * @throws {Error} for an unknown status: better to stop than to guess who pays
 */
export function readSubscription(subscription: Stripe.Subscription): StripeSubscription {
  const { id, created, items, cancel_at: cancelAt, latest_invoice: invoice } = subscription;
  const status = STATUSES[subscription.status];
  if (!status) throw new Error(`Stripe's subscription ${id} has the unknown status ${subscription.status}`);
  const ends = items.data.map((item) => item.current_period_end);
  const periodEnd = ends.length > 0 ? Math.max(...ends) : null;
  // It may be cancelled within a paid period.
  const end = periodEnd !== null && cancelAt !== null ? Math.min(periodEnd, cancelAt) : periodEnd;
  const owed = typeof invoice === "object" && invoice !== null && invoice.status === "open";
  return {
    id,
    status,
    createdAt: toDate(created),
    currentPeriodEnd: end === null ? null : toDate(end),
    // With flexible billing a cancellation in the portal sets the time, and not the flag.
    cancelAtPeriodEnd: subscription.cancel_at_period_end || (cancelAt !== null && end !== null && cancelAt <= end),
    owedSince: owed ? toDate(invoice.created) : null,
  };
}

/** Stripe's times are seconds since 1970. */
export const toDate = (seconds: number): Date => new Date(seconds * 1000);
