import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { Prisma, type Plan, type Usage } from "../../generated/prisma/client.ts";
import { addDays, dateIn, startOfDate } from "../../platform/time-zone.ts";

/** A day of a user's quota: a date of their calendar, its end, and what it was charged so far. */
export type QuotaDay = Readonly<{ day: Date; endsAt: Date; messages: number }>;

type Counted = Pick<Usage, "day" | "lastsUntil" | "messages">;

/**
 * The day that a charge belongs to. Each date is a day once. It lasts until its midnight in the user's present zone,
 * and at least until its midnight in the zone where it began (`lastsUntil`). So a user who flies east gets the new date
 * when the old one would have ended, a user who flies west keeps the date for longer, and changing zones back and forth
 * gains nothing.
 *
 * @param last the newest day with a row, if there is one
 */
export function quotaDayAt(now: Date, timeZone: string, last: Counted | null): QuotaDay {
  if (last) {
    const { day, lastsUntil, messages } = last;
    const midnight = startOfDate(timeZone, addDays(day, 1));
    const endsAt = midnight > lastsUntil ? midnight : lastsUntil;
    if (now < endsAt) return { day, endsAt, messages };
  }
  const day = dateIn(timeZone, now);
  return { day, endsAt: startOfDate(timeZone, addDays(day, 1)), messages: 0 };
}

/** A user's plan and what their present day follows from, as `quotaRowsSql` reads it. */
export type QuotaRow = { plan: Plan; timeZone: string } & (Counted | { day: null });

/** The `QuotaRow` of each user, with `userId`, as a part of a statement that selects the users. */
export const quotaRowsSql = Prisma.sql`(
  SELECT "user"."id" AS "userId", "user"."plan", "user"."timeZone", "last"."day", "last"."lastsUntil", "last"."messages"
  FROM "User" "user"
  LEFT JOIN LATERAL (
    SELECT "day", "lastsUntil", "messages" FROM "Usage" WHERE "userId" = "user"."id" ORDER BY "day" DESC LIMIT 1
  ) "last" ON true)`;

/** The present day of a user whose row was read. */
export const quotaDayOf = (ctx: Pick<AppContext, "clock">, row: QuotaRow): QuotaDay =>
  quotaDayAt(ctx.clock.now(), row.timeZone, row.day === null ? null : row);

/**
 * Reads a user's plan and present day, as of one moment.
 *
 * @throws {DomainError} `UNAUTHENTICATED` when the user no longer exists
 */
export async function readQuotaDay(
  ctx: Pick<AppContext, "clock">,
  db: Pick<Prisma.TransactionClient, "$queryRaw">,
  userId: string,
): Promise<QuotaDay & { plan: Plan }> {
  const [row] = await db.$queryRaw<QuotaRow[]>`
    SELECT "plan", "timeZone", "day", "lastsUntil", "messages" FROM ${quotaRowsSql} "quota"
    WHERE "userId" = ${userId}::uuid`;
  if (!row) throw new DomainError("UNAUTHENTICATED");
  return { ...quotaDayOf(ctx, row), plan: row.plan };
}

/** The user of a reply, and the day that holds its charge; null when nothing is charged. */
export type Charge = Readonly<{ userId: string; chargedOn: Date | null }>;

/**
 * The present day, for a reply that is charged to none. @returns null when a day was charged, or the user no longer
 * exists
 */
export async function readUnchargedDay(ctx: AppContext, { userId, chargedOn }: Charge): Promise<Date | null> {
  if (chargedOn) return null;
  const user = await ctx.db.user.count({ where: { id: userId } });
  return user === 0 ? null : (await readQuotaDay(ctx, ctx.db, userId)).day;
}

/**
 * Keeps the user's present day through a change of time zone. Call it before the change, in the same transaction,
 * with the user locked. A day without a row would change at once.
 */
export async function holdQuotaDay(ctx: AppContext, tx: Prisma.TransactionClient, userId: string): Promise<void> {
  const { day, endsAt } = await readQuotaDay(ctx, tx, userId);
  // A day that has outlasted the zone in which it began depends on the present zone alone, and must not end early.
  await tx.$executeRaw`
    INSERT INTO "Usage" ("userId", "day", "lastsUntil") VALUES (${userId}::uuid, ${day}::date, ${endsAt}::timestamptz)
    ON CONFLICT ("userId", "day") DO UPDATE SET "lastsUntil" = excluded."lastsUntil"
      WHERE "Usage"."lastsUntil" <= ${ctx.clock.now()}::timestamptz`;
}
