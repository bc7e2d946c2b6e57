import type { AppContext } from "../../src/app-context.ts";
import { expirePlans } from "../../src/features/billing/expire-plans.ts";
import { forgetCustomers } from "../../src/features/billing/forget-customers.ts";
import { reconcileCustomers } from "../../src/features/billing/reconcile-customers.ts";
import { repeat } from "../timers.ts";

/**
 * Between looks for plans that have ended by themselves, customers whose day is over, and those whose users have left, in
 * milliseconds. Each look is one query by an index.
 */
const TEND_INTERVAL_MS = 5_000;

/**
 * Keeps plans right by time, and the customers as Stripe has them.
 *
 * @returns a function that ends it, when what it has begun is done
 */
export function startTendingBilling(ctx: AppContext): () => Promise<void> {
  const { stripe } = ctx;
  const tasks = [repeat(ctx, "expire plans", TEND_INTERVAL_MS, () => expirePlans(ctx))];
  if (stripe) {
    const reconcile = async (signal: AbortSignal) => {
      const done = await reconcileCustomers(ctx, stripe, signal);
      if (done.compared > 0) ctx.log.info(done, "customers were compared with Stripe");
    };
    tasks.push(
      repeat(ctx, "reconcile customers", TEND_INTERVAL_MS, reconcile),
      repeat(ctx, "forget customers", TEND_INTERVAL_MS, () => forgetCustomers(ctx, stripe)),
    );
  }
  return async () => {
    await Promise.all(tasks.map((stop) => stop()));
  };
}
