import { accountEventSql, type AccountChange } from "../activity/append-account-events.ts";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { Prisma, type Plan } from "../../generated/prisma/client.ts";
import { dailyCost, reservedCost } from "./cost-limit.ts";
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

/** A message and its reply that are to be charged. */
type Ordered = Readonly<{
  userId: string;
  plan: Plan;
  day: Pick<QuotaDay, "day" | "endsAt">;
  /** As it was chosen; null for the default of the day. */
  model: string | null;
}>;

/**
 * Charges one message to the user's day, inside the transaction of the send, so the count matches the stored
 * messages.
 *
 * @param model as it was chosen; null for the default of the day
 * @returns the day that was charged, what is reserved there, and the change to announce once it is committed
 * @throws {DomainError} `QUOTA_EXCEEDED`, as `overQuota` has it
 */
export async function chargeMessage(
  ctx: AppContext,
  tx: Prisma.TransactionClient,
  { userId, model }: Pick<Ordered, "userId" | "model">,
): Promise<{ chargedOn: Date; reserved: number; change: AccountChange }> {
  const { plan, ...day } = await readQuotaDay(ctx, tx, userId);
  const [charged] = await tx.$queryRaw<{ seq: number; reserved: number }[]>`
    WITH "asked" AS (SELECT 1), ${chargeSql(ctx, { userId, plan, day, model }, "asked")}
    SELECT "seq", "reserved" FROM "charged", "accountLog"`;
  if (!charged) throw await overQuota(ctx, tx, userId);
  return { chargedOn: day.day, reserved: charged.reserved, change: { userId, seq: charged.seq } };
}

/**
 * The charge as a part of the statement that stores the message. It counts the message, and reserves what a usual reply
 * costs until the real cost is known.
 *
 * @param cause the common table expression that causes it: nothing is charged unless it returns a row, at most one
 * @param room as for `accountEventSql`
 * @returns the common table expressions `charged`, which has a row with what is `reserved` if both limits allowed it, and
 *   `accountLog`, which then has the new `seq` of the account
 */
export function chargeSql(
  ctx: Pick<AppContext, "config" | "clock">,
  { userId, plan, day, model }: Ordered,
  cause: string,
  room?: string,
): Prisma.Sql {
  const limit = dailyLimit(ctx, plan);
  const costLimit = dailyCost(ctx, plan);
  const reserved = reservedCost(ctx, model, plan);
  // The row's lock makes counting and comparing one step, however many sends come at once.
  return Prisma.sql`
    "charged" AS (
      INSERT INTO "Usage" ("userId", "day", "lastsUntil", "messages", "reservedCost")
      SELECT ${userId}::uuid, ${day.day}::date, ${day.endsAt}::timestamptz, 1, ${reserved}::bigint
      FROM ${Prisma.raw(`"${cause}"`)}
      WHERE ${limit}::int IS NULL OR ${limit}::int > 0
      ON CONFLICT ("userId", "day") DO UPDATE SET "messages" = "Usage"."messages" + 1,
          "reservedCost" = "Usage"."reservedCost" + excluded."reservedCost"
        WHERE (${limit}::int IS NULL OR "Usage"."messages" < ${limit}::int)
          AND (${costLimit}::bigint IS NULL
            OR "Usage"."cost" + "Usage"."reservedCost" + excluded."reservedCost" <= ${costLimit}::bigint)
      RETURNING ${reserved}::int AS "reserved"
    ), ${accountEventSql(userId, { kind: "USAGE_CHANGED" }, "charged", room)}`;
}

/**
 * Looks whether a charge would be allowed now, before something is done that only the charge is worth. The charge itself
 * decides.
 *
 * @throws {DomainError} `QUOTA_EXCEEDED`, as `overQuota` has it
 */
export async function assertMayCharge(
  ctx: AppContext,
  { userId, plan, day, model }: Omit<Ordered, "day"> & { day: QuotaDay },
): Promise<void> {
  const limit = dailyLimit(ctx, plan);
  if (limit !== null && day.messages >= limit) throw await overQuota(ctx, ctx.db, userId);
  const costLimit = dailyCost(ctx, plan);
  if (costLimit === null) return;
  const usage = await ctx.db.usage.findUnique({ where: { userId_day: { userId, day: day.day } } });
  const cost = usage ? usage.cost + usage.reservedCost + BigInt(reservedCost(ctx, model, plan)) : 0n;
  if (cost > BigInt(costLimit)) throw await overQuota(ctx, ctx.db, userId);
}

/**
 * @returns `QUOTA_EXCEEDED` with `quota`, which says whether it is the messages or their cost, and with `resetAt`; for
 *   messages with the present count: other sends may have charged since the day was read
 */
export async function overQuota(
  ctx: AppContext,
  db: Pick<Prisma.TransactionClient, "$queryRaw">,
  userId: string,
): Promise<DomainError> {
  const { plan, endsAt, messages } = await readQuotaDay(ctx, db, userId);
  const limit = dailyLimit(ctx, plan);
  const resetAt = endsAt.toISOString();
  if (dailyCost(ctx, plan) !== null && (limit === null || messages < limit)) {
    return new DomainError("QUOTA_EXCEEDED", "The day's budget for replies is used up.", { quota: "COST", resetAt });
  }
  return new DomainError("QUOTA_EXCEEDED", "The day's messages are used up.", {
    quota: "MESSAGES",
    limit: limit ?? 0,
    used: messages,
    resetAt,
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
 * @param cause the common table expression whose row, at most one, has the `chargedOn` of a reply, and the
 *   `reservedCost` that its end releases
 * @param room as for `accountEventSql`
 * @returns the common table expressions `refunded`, which has a row if the message is refunded, and `accountLog`,
 *   which has the new `seq` of the account if there was anything to settle, or the room changes
 */
export function settleSql(
  ctx: Pick<AppContext, "config">,
  userId: string,
  settlement: Readonly<{ today: Date | null; refund: RefundCause | null; calls: readonly ProviderCall[] }>,
  cause: string,
  room?: string,
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
        AND (${promptTokens}::int > 0 OR ${replyTokens}::int > 0 OR "reservedCost" > 0 OR EXISTS (SELECT FROM "refunded"))
      ON CONFLICT ("userId", "day") DO UPDATE SET
        "messages" = greatest("Usage"."messages" - (SELECT count(*)::int FROM "refunded"), 0),
        "refunds" = "Usage"."refunds" + (SELECT count(*)::int FROM "refunded"),
        "stopRefunds" = "Usage"."stopRefunds" + coalesce((SELECT "stop" FROM "refunded"), 0),
        "promptTokens" = ${cappedSumSql("promptTokens")},
        "replyTokens" = ${cappedSumSql("replyTokens")},
        "cost" = "Usage"."cost" + excluded."cost",
        "reservedCost" = greatest("Usage"."reservedCost" - coalesce((SELECT "reservedCost" FROM ${reply}), 0), 0)
      RETURNING 1
    ), ${accountEventSql(userId, { kind: "USAGE_CHANGED" }, "settled", room)}`;
}

/** A day's sum, capped at the column's largest number, so that the end of a reply never fails for it. */
const cappedSumSql = (column: "promptTokens" | "replyTokens"): Prisma.Sql =>
  Prisma.raw(`LEAST("Usage"."${column}"::bigint + excluded."${column}", 2147483647)::int`);
