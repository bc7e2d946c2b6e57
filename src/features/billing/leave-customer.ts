import type { AppContext } from "../../app-context.ts";
import type { Prisma } from "../../generated/prisma/client.ts";

/**
 * Detaches a user from their customer at Stripe, in the transaction that deletes the user, whose row is locked. The row
 * that stays orders the deletion at Stripe, which the workers carry out: see `forgetCustomers`. So leaving never waits
 * for Stripe, and never loses a paid subscription.
 */
export async function leaveCustomer(ctx: AppContext, tx: Prisma.TransactionClient, userId: string): Promise<void> {
  await tx.stripeCustomer.deleteMany({ where: { userId, deletedAt: { not: null } } });
  const left = await tx.stripeCustomer.updateManyAndReturn({
    where: { userId },
    data: { userId: null, nextCheckAt: ctx.clock.now() },
    select: { id: true },
  });
  if (left.length > 0 && !ctx.stripe) {
    ctx.logger.error({ customers: left }, "billing is disabled: a customer stays at Stripe until it is enabled again");
  }
}
