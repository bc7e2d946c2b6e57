import type { AppContext } from "../../app-context.ts";
import { addDays } from "../../platform/time-zone.ts";
import { dailyLimit } from "./quota.ts";
import { readQuotaDay } from "./quota-day.ts";

export type UsageToday = Readonly<{
  userId: string;
  day: Date;
  used: number;
  limit: number | null;
  remaining: number | null;
  resetsAt: Date;
}>;

export type UsageOfDay = Readonly<{ date: Date; messages: number; promptTokens: number; replyTokens: number }>;

/** Days of the history, today included. */
export const HISTORY_DAYS = 30;

/** The messages that a user has sent today, and what is left of the plan's quota. */
export async function readUsage(ctx: AppContext, userId: string): Promise<UsageToday> {
  const { plan, day, endsAt, messages: used } = await readQuotaDay(ctx, ctx.db, userId);
  const limit = dailyLimit(ctx, plan);
  return { userId, day, used, limit, remaining: limit === null ? null : Math.max(0, limit - used), resetsAt: endsAt };
}

/**
 * The usage of each of the last days.
 *
 * @param today the day to begin with
 * @returns `HISTORY_DAYS` days, the newest first, also those without use
 */
export async function readUsageByDay(ctx: AppContext, userId: string, today: Date): Promise<UsageOfDay[]> {
  const days = Array.from({ length: HISTORY_DAYS }, (_, ago) => addDays(today, -ago));
  const rows = await ctx.db.usage.findMany({ where: { userId, day: { in: days } } });
  const known = new Map(rows.map((row) => [row.day.getTime(), row]));
  return days.map((date) => {
    const { messages = 0, promptTokens = 0, replyTokens = 0 } = known.get(date.getTime()) ?? {};
    return { date, messages, promptTokens, replyTokens };
  });
}
