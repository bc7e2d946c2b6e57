import { Prisma } from "../../generated/prisma/client.ts";
import type { ProviderCall } from "./provider-call.ts";

/** What calls have come to together: tokens as `Usage` counts them, and the cost in micro-units. */
export type CallSums = Readonly<{ promptTokens: number; replyTokens: number; cost: bigint }>;

/** Prompts with what tools gave to read, and replies with what was thought: all of it is paid. */
export const sumCalls = (calls: readonly ProviderCall[]): CallSums => ({
  promptTokens: calls.reduce((sum, { promptTokens, toolTokens }) => sum + promptTokens + toolTokens, 0),
  replyTokens: calls.reduce((sum, { replyTokens, thoughtTokens }) => sum + replyTokens + thoughtTokens, 0),
  cost: calls.reduce((sum, { cost }) => sum + cost, 0n),
});

/**
 * Writes calls into the ledger, as a part of a statement.
 *
 * @param owner the common table expression whose row, at most one, has the `userId` that the calls belong to: null when the
 *   account is gone. Without a row nothing is written.
 * @returns the common table expression `ledger`
 */
export function ledgerSql(calls: readonly ProviderCall[], owner: string): Prisma.Sql {
  const from = Prisma.raw(`"${owner}"`);
  return Prisma.sql`
    "ledger" AS (
      INSERT INTO "ProviderCall" ("id", "userId", "messageId", "attempt", "purpose", "model", "outcome", "errorCode",
        "promptTokens", "cachedTokens", "thoughtTokens", "toolTokens", "replyTokens", "estimated",
        "promptPrice", "cachedPrice", "replyPrice", "cost", "createdAt")
      SELECT "call"."id", ${from}."userId", CASE WHEN ${from}."userId" IS NULL THEN NULL ELSE "call"."messageId" END,
        "call"."attempt", "call"."purpose", "call"."model", "call"."outcome", "call"."errorCode",
        "call"."promptTokens", "call"."cachedTokens", "call"."thoughtTokens", "call"."toolTokens", "call"."replyTokens",
        "call"."estimated", "call"."promptPrice", "call"."cachedPrice", "call"."replyPrice", "call"."cost", "call"."startedAt"
      FROM ${from}, jsonb_to_recordset(${JSON.stringify(calls.map(toRecord))}::jsonb) AS "call" (
        "id" uuid, "messageId" uuid, "attempt" int, "purpose" "CallPurpose", "model" text, "outcome" "CallOutcome",
        "errorCode" text, "promptTokens" int, "cachedTokens" int, "thoughtTokens" int, "toolTokens" int, "replyTokens" int,
        "estimated" bool, "promptPrice" bigint, "cachedPrice" bigint, "replyPrice" bigint, "cost" bigint,
        "startedAt" timestamptz)
    )`;
}

/** JSON has no whole numbers of 64 bits: PostgreSQL reads them from text. */
const toRecord = ({ prices, cost, startedAt, ...call }: ProviderCall) => ({
  ...call,
  promptPrice: prices.prompt,
  cachedPrice: prices.cached,
  replyPrice: prices.reply,
  cost: String(cost),
  startedAt: startedAt.toISOString(),
});
