import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { Prisma, type Plan, type Usage } from "../../generated/prisma/client.ts";
import { addDays, dateIn, startOfDate } from "../../platform/time-zone.ts";

/** A day of a user's quota: one of their calendar, with when it ends and what was charged to it so far. */
export type QuotaDay = Readonly<{ day: Date; endsAt: Date; messages: number }>;

type Counted = Pick<Usage, "day" | "lastsUntil" | "messages">;

/**
 * The day that a charge belongs to. Each date is a day once, and it lasts until its midnight: where the user is now,
 * and also where they were when it began (`lastsUntil`). So who flies east gets the new date when the old one would have
 * ended, who flies west has the same date for longer, and who changes zones to and fro gains nothing.
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

/** The `QuotaRow` of each user, with `userId`, as a part of a statement that says whose it wants. */
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
 * @throws {DomainError} `UNAUTHENTICATED` when there is no such user any more
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

/** Whose a reply is, and the day that holds its charge; null when nothing is charged. */
export type Charge = Readonly<{ userId: string; chargedOn: Date | null }>;

/** The present day, for what was charged to none. @returns null where a day was charged, or the user is gone */
export async function readUnchargedDay(ctx: AppContext, { userId, chargedOn }: Charge): Promise<Date | null> {
  if (chargedOn) return null;
  const user = await ctx.db.user.count({ where: { id: userId } });
  return user === 0 ? null : (await readQuotaDay(ctx, ctx.db, userId)).day;
}

/**
 * Keeps the user's present day as it is, whatever their time zone will be: called before that is changed, in the same
 * transaction, which has locked the user. Without a row of its own the day would be another one at once.
 */
export async function holdQuotaDay(ctx: AppContext, tx: Prisma.TransactionClient, userId: string): Promise<void> {
  const { day, endsAt } = await readQuotaDay(ctx, tx, userId);
  // A day that has outlived the zone in which it began lasts by the present zone alone: that must not end it early.
  await tx.$executeRaw`
    INSERT INTO "Usage" ("userId", "day", "lastsUntil") VALUES (${userId}::uuid, ${day}::date, ${endsAt}::timestamptz)
    ON CONFLICT ("userId", "day") DO UPDATE SET "lastsUntil" = excluded."lastsUntil"
      WHERE "Usage"."lastsUntil" <= ${ctx.clock.now()}::timestamptz`;
}
