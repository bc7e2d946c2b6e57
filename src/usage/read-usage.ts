import type { AppContext } from "../app-context.ts";
import type { User } from "../generated/prisma/client.ts";
import { dailyLimit, dayOf } from "./quota.ts";

export type UsageToday = Readonly<{ used: number; limit: number | null; remaining: number | null; resetsAt: Date }>;

/** What a user has sent today, and what is left of the plan's quota. */
export async function readUsage(ctx: AppContext, user: Pick<User, "id" | "plan">): Promise<UsageToday> {
  const day = dayOf(ctx.clock.now());
  const found = await ctx.db.usage.findUnique({ where: { userId_day: { userId: user.id, day } } });
  const used = found?.messages ?? 0;
  const limit = dailyLimit(ctx, user.plan);
  const resetsAt = new Date(day.getTime() + 86_400_000);
  return { used, limit, remaining: limit === null ? null : Math.max(0, limit - used), resetsAt };
}
