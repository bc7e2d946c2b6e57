import {
  announceAccountChange,
  appendAccountEvents,
  type AccountChange,
} from "../account-feed/append-account-events.ts";
import type { AppContext } from "../app-context.ts";
import type { Prisma } from "../generated/prisma/client.ts";
import { planOf } from "./plan-rules.ts";

/**
 * Changes what a user's plan follows from, and writes the plan that follows from it by now: in one transaction, with the
 * word of it on the account's feed. The plan holds for the next message on every process, as the quota reads it from the
 * database.
 *
 * @param change is called with the user's row locked, before it locks others, and returns whether it has changed
 *   anything that the user is shown; by default nothing but time has passed
 * @returns whether the user is shown something else now; null when the user is gone
 */
export async function changePlan(
  ctx: AppContext,
  userId: string,
  change: (tx: Prisma.TransactionClient) => Promise<boolean> = async () => false,
): Promise<boolean | null> {
  const outcome = await ctx.db.$transaction(async (tx): Promise<AccountChange | boolean> => {
    if (!(await lockUser(tx, userId))) return false;
    const changed = await change(tx);
    const settled = await settlePlan(ctx, tx, userId);
    return changed || settled ? appendAccountEvents(tx, userId, [{ kind: "PLAN_CHANGED" }]) : true;
  });
  if (typeof outcome === "boolean") return outcome ? false : null;
  await announceAccountChange(ctx, outcome);
  return true;
}

/** @returns false when the user is gone */
async function lockUser(tx: Prisma.TransactionClient, userId: string): Promise<boolean> {
  // Rows that refer to the user may still be added: sends go on.
  const locked = await tx.$queryRaw<object[]>`
    SELECT 1 AS "locked" FROM "User" WHERE "id" = ${userId}::uuid FOR NO KEY UPDATE`;
  return locked.length > 0;
}

/** @returns whether the plan is another one now */
async function settlePlan(ctx: AppContext, tx: Prisma.TransactionClient, userId: string): Promise<boolean> {
  const user = await tx.user.findUniqueOrThrow({ where: { id: userId }, include: { subscription: true } });
  const { plan, until } = planOf(user, ctx.clock.now(), ctx.config.billing.graceMs);
  if (plan === user.plan && until?.getTime() === user.planUntil?.getTime()) return false;
  await tx.user.update({ where: { id: userId }, data: { plan, planUntil: until } });
  if (plan === user.plan) return false;
  ctx.log.info({ userId, from: user.plan, to: plan, until }, "plan changed");
  return true;
}
