import { announceAccountChange } from "../activity/append-account-events.ts";
import type { AppContext } from "../../app-context.ts";
import { retryConflicts } from "../../platform/postgres/transact.ts";
import { ledgerSql } from "./ledger.ts";
import type { ProviderCall } from "./provider-call.ts";
import { settleSql } from "./quota.ts";
import { readUnchargedDay, type Charge } from "./quota-day.ts";

/**
 * Records calls that end no reply, such as a try that failed: in the ledger, and on the day that was charged for them. They
 * are paid all the same. Calls of an account that is gone stay in the ledger, and name nobody.
 *
 * @throws what the database throws
 */
export async function recordCalls(ctx: AppContext, charge: Charge, calls: readonly ProviderCall[]): Promise<void> {
  if (calls.length === 0) return;
  const { userId, chargedOn } = charge;
  const settlement = { calls, today: await readUnchargedDay(ctx, charge), refund: null };
  const [settled] = await retryConflicts(
    () => ctx.db.$queryRaw<{ seq: number }[]>`
    WITH "user" AS (SELECT "id" FROM "User" WHERE "id" = ${userId}::uuid FOR KEY SHARE),
      "owner" AS (SELECT (SELECT "id" FROM "user") AS "userId"),
      "charged" AS (SELECT ${chargedOn}::date AS "chargedOn", 0 AS "reservedCost" FROM "user"),
      ${ledgerSql(calls, "owner")}, ${settleSql(ctx, userId, settlement, "charged")}
    SELECT "seq" FROM "accountLog"`,
  );
  if (settled) await announceAccountChange(ctx, { userId, seq: settled.seq });
}
