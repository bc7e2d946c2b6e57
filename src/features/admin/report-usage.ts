import { firstCallId } from "../usage/purge-calls.ts";
import { Prisma, type CallPurpose } from "../../generated/prisma/client.ts";
import type { AppContext } from "../../app-context.ts";
import { addDays } from "../../platform/time-zone.ts";
import { findUser } from "./find-user.ts";

/** What the calls of a day have come to, of one model and one purpose. */
type Sums = Readonly<{
  model: string;
  purpose: CallPurpose;
  calls: number;
  /** Those that failed, or were aborted. */
  failed: number;
  aborted: number;
  /** Those whose tokens are, at least in part, our estimate. */
  estimated: number;
  promptTokens: number;
  cachedTokens: number;
  thoughtTokens: number;
  toolTokens: number;
  replyTokens: number;
  /** In micro-units. */
  cost: number;
}>;

const DAY_MS = 86_400_000;

/**
 * What calls of the provider have cost on each of the last days, in UTC, the newest first. A day without calls is left out.
 *
 * @param who an id or a phone number; undefined for everybody
 * @throws {DomainError} `NOT_FOUND`
 */
export async function reportUsage(ctx: AppContext, who: string | undefined, days: number) {
  const user = who === undefined ? null : await findUser(ctx, who);
  const today = new Date(Math.floor(ctx.clock.now().getTime() / DAY_MS) * DAY_MS);
  const report: { date: string; cost: number; models: Sums[] }[] = [];
  for (let ago = 0; ago < days; ago += 1) {
    const date = addDays(today, -ago);
    const models = await sumCallsOf(ctx, date, user?.id);
    const cost = models.reduce((sum, each) => sum + each.cost, 0);
    if (models.length > 0) report.push({ date: date.toISOString().slice(0, 10), cost, models });
  }
  return {
    ...(user && { id: user.id, plan: user.plan }),
    cost: report.reduce((sum, day) => sum + day.cost, 0),
    days: report,
  };
}

/** A day by itself, as a range of the ledger's key: a statement reads no more than that. */
async function sumCallsOf(ctx: AppContext, day: Date, userId: string | undefined): Promise<Sums[]> {
  const ofUser = userId === undefined ? Prisma.empty : Prisma.sql`AND "userId" = ${userId}::uuid`;
  return ctx.db.$queryRaw<Sums[]>`
    SELECT "model", "purpose"::text, count(*)::int AS "calls",
      (count(*) FILTER (WHERE "outcome" = 'FAILED'))::int AS "failed",
      (count(*) FILTER (WHERE "outcome" = 'ABORTED'))::int AS "aborted",
      (count(*) FILTER (WHERE "estimated"))::int AS "estimated",
      sum("promptTokens")::float8 AS "promptTokens", sum("cachedTokens")::float8 AS "cachedTokens",
      sum("thoughtTokens")::float8 AS "thoughtTokens", sum("toolTokens")::float8 AS "toolTokens",
      sum("replyTokens")::float8 AS "replyTokens", sum("cost")::float8 AS "cost"
    FROM "ProviderCall"
    WHERE "id" >= ${firstCallId(day)}::uuid AND "id" < ${firstCallId(addDays(day, 1))}::uuid ${ofUser}
    GROUP BY "model", "purpose" ORDER BY sum("cost") DESC, "model", "purpose"`;
}
