import type { AppContext } from "../../app-context.ts";
import { changePlan } from "./change-plan.ts";

/** A grant without an end. */
export const NO_END = new Date("9999-12-31T00:00:00Z");

/**
 * Grants Pro by hand until the given time, beside a subscription. It replaces an earlier grant. Neither a webhook nor
 * the daily comparison removes it.
 */
export async function grantPro(ctx: AppContext, userId: string, until: Date): Promise<void> {
  await changePlan(ctx, userId, async (tx) => {
    await tx.user.update({ where: { id: userId }, data: { proGrantedUntil: until } });
    return false;
  });
}
