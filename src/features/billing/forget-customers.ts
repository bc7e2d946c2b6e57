import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { StripeApi } from "../../platform/stripe/stripe.ts";

const PAGE = 20;
/** Between two tries at the same customer, in milliseconds. */
const LEASE_MS = 30_000;

/**
 * Deletes the customers of deleted users at Stripe, which ends their subscriptions: nobody keeps paying for a deleted
 * account. A customer's row is the record of the work until Stripe has done it.
 *
 * @returns how many were deleted
 * @throws when Stripe or PostgreSQL is unavailable: the rows stay, and a later pass tries again
 */
export async function forgetCustomers(ctx: AppContext, stripe: StripeApi): Promise<number> {
  const now = ctx.clock.now();
  const left = await ctx.db.$queryRaw<{ id: string }[]>`
    UPDATE "StripeCustomer" SET "nextCheckAt" = ${new Date(now.getTime() + LEASE_MS)}
    WHERE "id" IN (
      SELECT "id" FROM "StripeCustomer" WHERE "userId" IS NULL AND "nextCheckAt" <= ${now}
      ORDER BY "nextCheckAt" LIMIT ${PAGE} FOR UPDATE SKIP LOCKED)
    RETURNING "id"`;
  let gone = 0;
  for (const { id } of left) if (await forget(ctx, stripe, id)) gone += 1;
  return gone;
}

async function forget(ctx: AppContext, stripe: StripeApi, id: string): Promise<boolean> {
  try {
    await stripe.deleteCustomer(id);
  } catch (error) {
    if (error instanceof DomainError) throw error;
    ctx.logger.error({ err: error, customerId: id }, "Stripe does not delete the customer of a deleted account");
    return false;
  }
  await ctx.db.stripeCustomer.deleteMany({ where: { id, userId: null } });
  ctx.logger.info({ customerId: id }, "customer of a deleted account is deleted at Stripe");
  return true;
}
