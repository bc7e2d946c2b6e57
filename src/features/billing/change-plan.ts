import { announceAccountChange, appendAccountEvents, type AccountChange } from "../activity/append-account-events.ts";
import type { AppContext } from "../../app-context.ts";
import { lockUser } from "../auth/lock-user.ts";
import type { Prisma } from "../../generated/prisma/client.ts";
import { transact } from "../../platform/postgres/transact.ts";
import { planOf } from "./plan-rules.ts";

/**
 * Changes the facts that decide a user's plan and writes the resulting plan and its event, in one transaction. The plan
 * holds for the next message on every process, because the quota reads it from the database.
 *
 * @param change called with the user's row locked, before it locks others; returns whether it changed anything that
 *   the user sees. By default only time has passed
 * @returns whether the user sees a change; null when the user no longer exists
 */
export async function changePlan(
  ctx: AppContext,
  userId: string,
  change: (tx: Prisma.TransactionClient) => Promise<boolean> = async () => false,
): Promise<boolean | null> {
  const outcome = await transact(ctx.db, async (tx): Promise<AccountChange | boolean> => {
    if (!(await lockUser(tx, userId))) return false;
    const changed = await change(tx);
    const settled = await settlePlan(ctx, tx, userId);
    return changed || settled ? appendAccountEvents(tx, userId, [{ kind: "PLAN_CHANGED" }]) : true;
  });
  if (typeof outcome === "boolean") return outcome ? false : null;
  await announceAccountChange(ctx, outcome);
  return true;
}

/** @returns whether the plan has changed */
async function settlePlan(ctx: AppContext, tx: Prisma.TransactionClient, userId: string): Promise<boolean> {
  const user = await tx.user.findUniqueOrThrow({ where: { id: userId }, include: { subscription: true } });
  const { plan, until } = planOf(user, ctx.clock.now(), ctx.config.billing.graceMs);
  if (plan === user.plan && until?.getTime() === user.planUntil?.getTime()) return false;
  await tx.user.update({ where: { id: userId }, data: { plan, planUntil: until } });
  if (plan === user.plan) return false;
  ctx.logger.info({ userId, from: user.plan, to: plan, until }, "plan changed");
  return true;
}
