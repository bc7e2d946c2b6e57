import type { AppContext } from "../app-context.ts";
import { DomainError } from "../errors.ts";
import type { Plan, Prisma } from "../generated/prisma/client.ts";

const DAY_MS = 86_400_000;

/** The day of the quota, in UTC, as midnight. */
export const dayOf = (time: Date): Date => new Date(Math.floor(time.getTime() / DAY_MS) * DAY_MS);

/** Messages a day that a plan includes; null for no limit. */
export function dailyLimit(ctx: Pick<AppContext, "config">, plan: Plan): number | null {
  switch (plan) {
    case "BASIC":
      return ctx.config.quota.basicDailyMessages;
    case "PRO":
      return ctx.config.quota.proDailyMessages || null;
  }
}

/**
 * Charges one message to the user's day, inside the transaction of the send: what is counted is what is stored.
 *
 * @returns the day that was charged
 * @throws {DomainError} `QUOTA_EXCEEDED` with `limit`, `used` and `resetAt`
 */
export async function chargeMessage(ctx: AppContext, tx: Prisma.TransactionClient, userId: string): Promise<Date> {
  const day = dayOf(ctx.clock.now());
  const user = await tx.user.findUniqueOrThrow({ where: { id: userId }, select: { plan: true } });
  const limit = dailyLimit(ctx, user.plan);
  // The row's lock makes counting and comparing one step, however many sends come at once.
  const charged = await tx.$executeRaw`
    INSERT INTO "Usage" ("userId", "day", "messages")
    SELECT ${userId}::uuid, ${day}::date, 1 WHERE ${limit}::int IS NULL OR ${limit}::int > 0
    ON CONFLICT ("userId", "day") DO UPDATE SET "messages" = "Usage"."messages" + 1
      WHERE ${limit}::int IS NULL OR "Usage"."messages" < ${limit}::int`;
  if (charged === 1) return day;
  throw new DomainError("QUOTA_EXCEEDED", "The day's messages are used up.", {
    limit: limit ?? 0,
    used: limit ?? 0,
    resetAt: new Date(day.getTime() + DAY_MS).toISOString(),
  });
}

/** Gives a charge back, inside the transaction that ends the reply. */
export async function refundMessage(tx: Prisma.TransactionClient, userId: string, day: Date): Promise<void> {
  await tx.$executeRaw`
    UPDATE "Usage" SET "messages" = "messages" - 1
    WHERE "userId" = ${userId}::uuid AND "day" = ${day}::date AND "messages" > 0`;
}

/** Adds what a reply used to the day it was charged to, or to today where nothing is charged. */
export async function countTokens(
  ctx: AppContext,
  tx: Prisma.TransactionClient,
  userId: string,
  used: { promptTokens: number; replyTokens: number },
): Promise<void> {
  if (used.promptTokens + used.replyTokens === 0) return;
  await tx.$executeRaw`
    INSERT INTO "Usage" ("userId", "day", "promptTokens", "replyTokens")
    VALUES (${userId}::uuid, ${dayOf(ctx.clock.now())}::date, ${used.promptTokens}, ${used.replyTokens})
    ON CONFLICT ("userId", "day") DO UPDATE SET
      "promptTokens" = "Usage"."promptTokens" + excluded."promptTokens",
      "replyTokens" = "Usage"."replyTokens" + excluded."replyTokens"`;
}
