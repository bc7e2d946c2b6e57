import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { changePlan } from "./change-plan.ts";
import { isRunning } from "./plan-rules.ts";
import { requireStripe } from "./require-stripe.ts";
import { syncCustomer } from "./sync-customer.ts";

/** More subscriptions than any customer has. */
const MAX_CANCELLED = 10;

/**
 * Ends a grant, and with it Pro, unless the user pays for it. For a paying user the caller must choose: keep Pro, or
 * cancel.
 *
 * @param options `cancelSubscription` cancels at Stripe, at once and without a refund; a subscription of an account
 *   that the key does not belong to is forgotten
 * @throws {DomainError} `ALREADY_SUBSCRIBED` for a paying user, unless `cancelSubscription` is set;
 *   `BILLING_DISABLED`, `UNAVAILABLE` when it is
 */
export async function endPro(
  ctx: AppContext,
  userId: string,
  { cancelSubscription }: { cancelSubscription: boolean },
): Promise<void> {
  if (cancelSubscription) await cancelAll(ctx, userId);
  else if (await findRunning(ctx, userId))
    throw new DomainError("ALREADY_SUBSCRIBED", "The user pays for a subscription: cancel it first.");
  await changePlan(ctx, userId, async (tx) => {
    await tx.user.update({ where: { id: userId }, data: { proGrantedUntil: null } });
    return false;
  });
}

/** One after the other, in case there are several. */
async function cancelAll(ctx: AppContext, userId: string): Promise<void> {
  const stripe = requireStripe(ctx);
  const customer = await ctx.db.stripeCustomer.findUnique({ where: { userId }, select: { id: true } });
  if (!customer) return;
  for (let cancelled = 0; cancelled < MAX_CANCELLED; cancelled += 1) {
    const { kind } = await syncCustomer(ctx, stripe, customer.id);
    if (kind === "missing") return drop(ctx, userId);
    const running = await findRunning(ctx, userId);
    if (!running) return;
    await stripe.cancelSubscription(running.stripeId);
  }
}

/** From another Stripe account, or its test mode: there is nothing to cancel here. */
async function drop(ctx: AppContext, userId: string): Promise<void> {
  await changePlan(ctx, userId, async (tx) => {
    await tx.stripeCustomer.deleteMany({ where: { userId } });
    const dropped = await tx.subscription.deleteMany({ where: { userId } });
    return dropped.count > 0;
  });
}

async function findRunning(ctx: AppContext, userId: string): Promise<{ stripeId: string } | null> {
  const found = await ctx.db.subscription.findUnique({ where: { userId } });
  return found && isRunning(found.status) ? found : null;
}
