import { accountEventSql, type AccountChange } from "../activity/append-account-events.ts";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { Prisma, type Plan } from "../../generated/prisma/client.ts";
import { sumCalls } from "./ledger.ts";
import type { ProviderCall } from "./provider-call.ts";
import { readQuotaDay, type QuotaDay } from "./quota-day.ts";

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
 * Charges one message to the user's day, inside the transaction of the send, so the count matches the stored
 * messages.
 *
 * @returns the day that was charged, and the change to announce once it is committed
 * @throws {DomainError} `QUOTA_EXCEEDED` with `limit`, `used`, `resetAt` and `proLimit`
 */
export async function chargeMessage(
  ctx: AppContext,
  tx: Prisma.TransactionClient,
  userId: string,
): Promise<{ chargedOn: Date; change: AccountChange }> {
  const { plan, ...day } = await readQuotaDay(ctx, tx, userId);
  const [charged] = await tx.$queryRaw<{ seq: number }[]>`
    WITH "asked" AS (SELECT 1), ${chargeSql(userId, day, dailyLimit(ctx, plan), "asked")}
    SELECT "seq" FROM "accountLog"`;
  if (!charged) throw await overQuota(ctx, tx, userId);
  return { chargedOn: day.day, change: { userId, seq: charged.seq } };
}

/**
 * The charge as a part of the statement that stores the message.
 *
 * @param limit messages a day; null for no limit
 * @param cause the common table expression that causes it: nothing is charged unless it returns a row, at most one
 * @returns the common table expressions `charged`, which has a row if the limit allowed it, and `accountLog`, which
 *   then has the new `seq` of the account
 */
export function chargeSql(
  userId: string,
  { day, endsAt }: Pick<QuotaDay, "day" | "endsAt">,
  limit: number | null,
  cause: string,
): Prisma.Sql {
  // The row's lock makes counting and comparing one step, however many sends come at once.
  return Prisma.sql`
    "charged" AS (
      INSERT INTO "Usage" ("userId", "day", "lastsUntil", "messages")
      SELECT ${userId}::uuid, ${day}::date, ${endsAt}::timestamptz, 1 FROM ${Prisma.raw(`"${cause}"`)}
      WHERE ${limit}::int IS NULL OR ${limit}::int > 0
      ON CONFLICT ("userId", "day") DO UPDATE SET "messages" = "Usage"."messages" + 1
        WHERE ${limit}::int IS NULL OR "Usage"."messages" < ${limit}::int
      RETURNING 1
    ), ${accountEventSql(userId, { kind: "USAGE_CHANGED" }, "charged")}`;
}

/** @returns `QUOTA_EXCEEDED` with the present count: other sends may have charged since the day was read */
export async function overQuota(
  ctx: AppContext,
  db: Pick<Prisma.TransactionClient, "$queryRaw">,
  userId: string,
): Promise<DomainError> {
  const { plan, endsAt, messages } = await readQuotaDay(ctx, db, userId);
  return new DomainError("QUOTA_EXCEEDED", "The day's messages are used up.", {
    limit: dailyLimit(ctx, plan) ?? 0,
    used: messages,
    resetAt: endsAt.toISOString(),
    proLimit: dailyLimit(ctx, "PRO"),
  });
}

/** Why a message is refunded: its reply failed or was blocked, or was stopped before its first text. */
export type RefundCause = "fault" | "early stop";

/** Refunds a day for replies that the user stopped: the model may have thought, which is billed. */
const STOP_REFUNDS = 1;

/**
 * Settles a charge, as a part of the statement that ends the reply: adds the tokens and the cost of its calls to
 * the day that was charged, or to `today` without one, and refunds the message if there is a cause. Refunds have a ceiling, or a message that always
 * fails could be sent without end: a day refunds at most as many messages as its plan has, and `STOP_REFUNDS` stopped
 * ones. The row's lock makes counting and comparing one step, however many replies end at once.
 *
 * @param cause the common table expression whose row, at most one, has the `chargedOn` of a reply
 * @returns the common table expressions `refunded`, which has a row if the message is refunded, and `accountLog`,
 *   which has the new `seq` of the account if there was anything to settle
 */
export function settleSql(
  ctx: Pick<AppContext, "config">,
  userId: string,
  settlement: Readonly<{ today: Date | null; refund: RefundCause | null; calls: readonly ProviderCall[] }>,
  cause: string,
): Prisma.Sql {
  const { today, refund, calls } = settlement;
  const { promptTokens, replyTokens, cost } = sumCalls(calls);
  const reply = Prisma.raw(`"${cause}"`);
  return Prisma.sql`
    "dayOfCharge" AS (
      SELECT "usage"."refunds", "usage"."stopRefunds", "user"."plan"
      FROM ${reply} JOIN "Usage" "usage" ON "usage"."userId" = ${userId}::uuid AND "usage"."day" = ${reply}."chargedOn"
        JOIN "User" "user" ON "user"."id" = "usage"."userId"
      WHERE ${refund !== null}::bool
      FOR UPDATE OF "usage"
    ), "refunded" AS (
      SELECT (${refund === "early stop"}::bool)::int AS "stop" FROM "dayOfCharge"
      WHERE coalesce("refunds" < CASE "plan"
          WHEN 'BASIC' THEN ${dailyLimit(ctx, "BASIC")}::int
          WHEN 'PRO' THEN ${dailyLimit(ctx, "PRO")}::int
        END, TRUE)
        AND (${refund === "fault"}::bool OR "stopRefunds" < ${STOP_REFUNDS}::int)
    ), "settled" AS (
      INSERT INTO "Usage" ("userId", "day", "promptTokens", "replyTokens", "cost")
      SELECT ${userId}::uuid, coalesce("chargedOn", ${today}::date), ${promptTokens}::int, ${replyTokens}::int, ${cost}::bigint
      FROM ${reply}
      WHERE coalesce("chargedOn", ${today}::date) IS NOT NULL
        AND (${promptTokens}::int > 0 OR ${replyTokens}::int > 0 OR EXISTS (SELECT FROM "refunded"))
      ON CONFLICT ("userId", "day") DO UPDATE SET
        "messages" = greatest("Usage"."messages" - (SELECT count(*)::int FROM "refunded"), 0),
        "refunds" = "Usage"."refunds" + (SELECT count(*)::int FROM "refunded"),
        "stopRefunds" = "Usage"."stopRefunds" + coalesce((SELECT "stop" FROM "refunded"), 0),
        "promptTokens" = ${cappedSumSql("promptTokens")},
        "replyTokens" = ${cappedSumSql("replyTokens")},
        "cost" = "Usage"."cost" + excluded."cost"
      RETURNING 1
    ), ${accountEventSql(userId, { kind: "USAGE_CHANGED" }, "settled")}`;
}

/** A day's sum, capped at the column's largest number, so that the end of a reply never fails for it. */
const cappedSumSql = (column: "promptTokens" | "replyTokens"): Prisma.Sql =>
  Prisma.raw(`LEAST("Usage"."${column}"::bigint + excluded."${column}", 2147483647)::int`);
