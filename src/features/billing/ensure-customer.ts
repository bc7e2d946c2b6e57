import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { StripeApi } from "../../platform/stripe/stripe.ts";
import { makeOnce } from "./make-once.ts";
import { nextCheckAfter } from "./next-check.ts";
import { isRunning } from "./plan-rules.ts";
import { syncCustomer } from "./sync-customer.ts";

/**
 * The user's customer at Stripe, with the subscription as Stripe has it now. Creates the customer if there is none, or
 * if it was deleted at Stripe. Concurrent calls get the same one.
 *
 * @returns Stripe's id
 * @throws {DomainError} `UNAUTHENTICATED` when the user no longer exists; `UNAVAILABLE`; `BILLING_UNAVAILABLE`
 */
export async function ensureCustomer(ctx: AppContext, stripe: StripeApi, userId: string): Promise<string> {
  const known = await ctx.db.stripeCustomer.findUnique({ where: { userId }, select: { id: true, deletedAt: true } });
  if (known && !known.deletedAt && (await isUsable(ctx, stripe, userId, known.id))) return known.id;

  // Stripe forgets the key after 24 hours; the row is written long before.
  const made = await makeOnce(ctx, `customer:${userId}:${known?.id ?? "first"}`, {
    find: (since) => stripe.findCustomer(userId, since),
    make: (idempotencyKey) => stripe.createCustomer(userId, idempotencyKey),
  });
  await (known ? replace(ctx, userId, known.id, made) : insert(ctx, userId, made));
  const kept = await ctx.db.stripeCustomer.findUnique({ where: { userId }, select: { id: true } });
  if (kept?.id !== made) await abandon(ctx, made);
  if (!kept) throw new DomainError("UNAUTHENTICATED");
  return kept.id;
}

/** A customer that this Stripe account does not know is replaced, unless a subscription is paid in another account. */
async function isUsable(ctx: AppContext, stripe: StripeApi, userId: string, customerId: string): Promise<boolean> {
  const { kind } = await syncCustomer(ctx, stripe, customerId);
  if (kind === "missing") {
    const subscription = await ctx.db.subscription.findUnique({ where: { userId }, select: { status: true } });
    return subscription !== null && isRunning(subscription.status);
  }
  const now = await ctx.db.stripeCustomer.findUnique({ where: { id: customerId }, select: { deletedAt: true } });
  return now !== null && now.deletedAt === null;
}

/** Only for an existing user: the lock keeps the account from being deleted meanwhile. */
async function insert(ctx: AppContext, userId: string, customerId: string): Promise<void> {
  await ctx.db.$executeRaw`
    INSERT INTO "StripeCustomer" ("id", "userId", "nextCheckAt")
    SELECT ${customerId}, "id", ${nextCheckAfter(ctx.clock.now())} FROM "User" WHERE "id" = ${userId}::uuid FOR KEY SHARE
    ON CONFLICT DO NOTHING`;
}

async function replace(ctx: AppContext, userId: string, formerId: string, customerId: string): Promise<void> {
  await ctx.db.stripeCustomer.updateMany({
    where: { id: formerId, userId },
    data: { id: customerId, fetches: 0, written: 0, deletedAt: null },
  });
}

/** The customer has no user: the workers delete it at Stripe. */
async function abandon(ctx: AppContext, customerId: string): Promise<void> {
  await ctx.db.stripeCustomer.createMany({ data: [{ id: customerId }], skipDuplicates: true });
}
