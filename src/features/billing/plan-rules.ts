import type { Plan, Subscription, SubscriptionStatus, User } from "../../generated/prisma/client.ts";

/** A plan, and when it changes by itself; null for never. */
export type PlanNow = Readonly<{ plan: Plan; until: Date | null }>;

type Facts = Readonly<{
  subscription: Pick<Subscription, "status" | "pastDueSince"> | null;
  proGrantedUntil: User["proGrantedUntil"];
}>;

/**
 * The plan that follows from the subscription and the grant: Pro while either lasts, else Basic. The table is in
 * docs/BILLING.md.
 *
 * @param graceMs how long a payment may be overdue, in milliseconds
 */
export function planOf({ subscription, proGrantedUntil }: Facts, now: Date, graceMs: number): PlanNow {
  const paidUntil = subscription ? proUntil(subscription, graceMs) : null;
  if (paidUntil === "open") return { plan: "PRO", until: null };
  const ends = [paidUntil, proGrantedUntil].filter((end) => end !== null && end > now).map(Number);
  return ends.length > 0 ? { plan: "PRO", until: new Date(Math.max(...ends)) } : { plan: "BASIC", until: null };
}

/** How long a subscription gives Pro: `open` until Stripe changes it, null for not at all. */
function proUntil({ status, pastDueSince }: NonNullable<Facts["subscription"]>, graceMs: number): Date | "open" | null {
  switch (status) {
    case "TRIALING":
    case "ACTIVE":
      return "open";
    case "PAST_DUE":
      return pastDueSince && new Date(pastDueSince.getTime() + graceMs);
    case "INCOMPLETE":
    case "INCOMPLETE_EXPIRED":
    case "CANCELED":
    case "UNPAID":
    case "PAUSED":
      return null;
  }
}

/** Whether a subscription continues: a second one beside it would be paid twice. */
export function isRunning(status: SubscriptionStatus): boolean {
  switch (status) {
    case "TRIALING":
    case "ACTIVE":
    case "PAST_DUE":
    case "UNPAID":
    case "PAUSED":
      return true;
    case "INCOMPLETE":
    case "INCOMPLETE_EXPIRED":
    case "CANCELED":
      return false;
  }
}

/** In order of importance. */
const WEIGHT: readonly SubscriptionStatus[] = [
  "ACTIVE",
  "TRIALING",
  "PAST_DUE",
  "UNPAID",
  "PAUSED",
  "INCOMPLETE",
  "CANCELED",
  "INCOMPLETE_EXPIRED",
];

/** The subscription that counts among all that a customer has or had; of equal ones the newest. */
export function chooseSubscription<Each extends Readonly<{ status: SubscriptionStatus; createdAt: Date }>>(
  subscriptions: readonly Each[],
): Each | undefined {
  const [first] = subscriptions.toSorted(
    (a, b) => WEIGHT.indexOf(a.status) - WEIGHT.indexOf(b.status) || Number(b.createdAt) - Number(a.createdAt),
  );
  return first;
}
