import { accountEventSql } from "../activity/append-account-events.ts";
import { Prisma } from "../../generated/prisma/client.ts";

/**
 * Gives the charges of messages back that no model was asked about, as a part of the statement that ends their charge. No
 * ceiling holds: each of them was charged before.
 *
 * @param cause the common table expression with the messages that were charged, at most one row a message, each with its
 *   `chargedOn` and `reservedCost`
 * @param room as for `accountEventSql`
 * @returns the common table expressions `refunded`, which has a row if there was anything to give back, and `accountLog`,
 *   which then has the new `seq` of the account
 */
export const refundSql = (userId: string, cause: string, room?: string): Prisma.Sql => Prisma.sql`
  "refund" AS (
    SELECT "chargedOn" AS "day", count(*)::int AS "messages", coalesce(sum("reservedCost"), 0)::bigint AS "reservedCost"
    FROM ${Prisma.raw(`"${cause}"`)} WHERE "chargedOn" IS NOT NULL GROUP BY "chargedOn"
  ), "repaid" AS (
    UPDATE "Usage" SET "messages" = greatest("Usage"."messages" - "refund"."messages", 0),
      "reservedCost" = greatest("Usage"."reservedCost" - "refund"."reservedCost", 0)
    FROM "refund" WHERE "Usage"."userId" = ${userId}::uuid AND "Usage"."day" = "refund"."day"
    RETURNING 1
  ), "refunded" AS (SELECT FROM "repaid" LIMIT 1
  ), ${accountEventSql(userId, { kind: "USAGE_CHANGED" }, "refunded", room)}`;
