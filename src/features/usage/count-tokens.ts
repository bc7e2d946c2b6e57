import { announceAccountChange } from "../activity/append-account-events.ts";
import type { AppContext } from "../../app-context.ts";
import { retryConflicts } from "../../platform/postgres/transact.ts";
import { settleSql } from "./quota.ts";
import { readUnchargedDay, type Charge } from "./quota-day.ts";

/** The tokens of one call to a model; `replyTokens` includes those of thoughts, which are billed too. */
export type TokenUse = Readonly<{ promptTokens: number; replyTokens: number }>;

/**
 * Adds the tokens of a call that ends no reply, such as a failed try, to the day that was charged for it: they are
 * billed too.
 *
 * @throws what the database throws
 */
export async function countTokens(ctx: AppContext, charge: Charge, use: TokenUse): Promise<void> {
  if (use.promptTokens + use.replyTokens === 0) return;
  const { userId, chargedOn } = charge;
  const settlement = { ...use, today: await readUnchargedDay(ctx, charge), refund: null };
  const [settled] = await retryConflicts(
    () => ctx.db.$queryRaw<{ seq: number }[]>`
    WITH "call" AS (SELECT ${chargedOn}::date AS "chargedOn" FROM "User" WHERE "id" = ${userId}::uuid),
      ${settleSql(ctx, userId, settlement, "call")}
    SELECT "seq" FROM "accountLog"`,
  );
  if (settled) await announceAccountChange(ctx, { userId, seq: settled.seq });
}
