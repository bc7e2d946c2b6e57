import type { AppContext } from "../../app-context.ts";
import { changePlan } from "./change-plan.ts";

/** Users in one pass; the next pass takes the rest. */
const PAGE = 200;

/**
 * Settles the plans that end by time: a grace or a grant. Idempotent, also across processes.
 *
 * @returns how many plans have changed
 */
export async function expirePlans(ctx: AppContext): Promise<number> {
  const due = await ctx.db.user.findMany({
    where: { planUntil: { lte: ctx.clock.now() } },
    select: { id: true },
    orderBy: { planUntil: "asc" },
    take: PAGE,
  });
  let changed = 0;
  for (const { id } of due) if (await changePlan(ctx, id)) changed += 1;
  return changed;
}
