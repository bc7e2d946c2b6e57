import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { isTransient } from "../../platform/is-transient.ts";
import type { StripeApi } from "../../platform/stripe/stripe.ts";
import { delay } from "../../platform/timing.ts";
import { nextCheckAfter } from "./next-check.ts";
import { syncCustomer } from "./sync-customer.ts";

/** After a failed comparison, or a lost worker, the customer is compared again after this, in milliseconds. */
const LEASE_MS = 15 * 60_000;
/** Customers in one pass. */
const PAGE = 50;
/** Between two customers, in milliseconds: ten requests a second at most, of the hundred that Stripe allows. */
const PACE_MS = 200;
/** How long events are stored, in milliseconds: longer than Stripe resends them, by hand up to 30 days. */
const EVENTS_KEPT_MS = 60 * 86_400_000;

type Claimed = Readonly<{ id: string; userId: string }>;

/**
 * Compares the customers that are due with Stripe, and corrects differences like a webhook does. Each customer's time
 * is in PostgreSQL, so the work spreads over the day and the workers, and no schedule can be lost.
 *
 * @param signal ends the pass after the present customer
 * @returns how many were compared, and how many of them were corrected
 * @throws when Stripe or PostgreSQL is unavailable: the rest of the page waits for its lease
 */
export async function reconcileCustomers(
  ctx: AppContext,
  stripe: StripeApi,
  signal: AbortSignal,
): Promise<{ compared: number; corrected: number }> {
  const page = await claimPage(ctx);
  let [compared, corrected] = [0, 0];
  for (const { id, userId } of page) {
    if (signal.aborted) break;
    compared += 1;
    if (await reconcile(ctx, stripe, { id, userId })) corrected += 1;
    await delay(PACE_MS, signal);
  }
  const tooOld = new Date(ctx.clock.now().getTime() - EVENTS_KEPT_MS);
  if (page.length > 0) await ctx.db.stripeEvent.deleteMany({ where: { handledAt: { lt: tooOld } } });
  return { compared, corrected };
}

/** @returns whether something was corrected; a failed comparison is logged and does not stop the others */
async function reconcile(ctx: AppContext, stripe: StripeApi, customer: Claimed): Promise<boolean> {
  const { id, userId } = customer;
  try {
    const { kind, changed } = await syncCustomer(ctx, stripe, id);
    if (changed) ctx.logger.warn({ customerId: id, userId }, "billing was not what Stripe has, and was corrected");
    if (kind === "missing") return false;
    await ctx.db.stripeCustomer.updateMany({ where: { id }, data: { nextCheckAt: nextCheckAfter(ctx.clock.now()) } });
    return changed;
  } catch (error) {
    if (isOutage(error)) throw error;
    ctx.logger.error({ err: error, customerId: id, userId }, "could not compare a customer with Stripe");
    return false;
  }
}

const isOutage = (error: unknown): boolean =>
  error instanceof DomainError ? error.code === "UNAVAILABLE" : isTransient(error);

/** Takes customers that no other worker has taken. */
function claimPage(ctx: AppContext): Promise<Claimed[]> {
  const now = ctx.clock.now();
  return ctx.db.$queryRaw`
    UPDATE "StripeCustomer" SET "nextCheckAt" = ${new Date(now.getTime() + LEASE_MS)}
    WHERE "id" IN (
      SELECT "id" FROM "StripeCustomer"
      WHERE "nextCheckAt" <= ${now} AND "userId" IS NOT NULL AND "deletedAt" IS NULL
      ORDER BY "nextCheckAt" LIMIT ${PAGE} FOR UPDATE SKIP LOCKED)
    RETURNING "id", "userId"::text`;
}
