import type { AppContext } from "../../app-context.ts";
import { Prisma, type Message } from "../../generated/prisma/client.ts";
import { isRunningSql } from "../rooms/message-status.ts";

/** What a pending reply waits for: a worker, the time of its next try, or the end of other replies of the same user. */
export type ReplyWait = "WORKER" | "NEXT_TRY" | "OTHER_REPLIES";

type Reads = Pick<AppContext, "db" | "config" | "clock">;

/** @returns what each of these replies waits for; nothing of one that does not wait */
export async function readReplyWaits(
  ctx: Reads,
  replies: readonly Pick<Message, "id" | "status">[],
): Promise<Map<string, ReplyWait>> {
  const ids = replies.filter(({ status }) => status === "PENDING").map(({ id }) => id);
  if (ids.length === 0) return new Map();
  const rows = await ctx.db.$queryRaw<{ id: string; waitingFor: ReplyWait }[]>`
    SELECT "id"::text, ${replyWaitSql(ctx)} AS "waitingFor"
    FROM "Message" "reply" WHERE "id" = ANY(${ids}::uuid[]) AND "status" = 'PENDING'`;
  return new Map(rows.map(({ id, waitingFor }) => [id, waitingFor]));
}

/**
 * A `ReplyWait`, or NULL, of the row that the statement calls "reply". It is a reply's turn when those that are being
 * written for its user, and the older ones that wait as well, leave a place. However many wait, no more rows are counted
 * than there are places.
 */
export function replyWaitSql(ctx: Pick<AppContext, "config" | "clock">): Prisma.Sql {
  const places = ctx.config.limits.repliesPerUser;
  const now = ctx.clock.now();
  const isTurn = Prisma.sql`(
    SELECT count(*) FROM "Message" WHERE "userId" = "reply"."userId" AND "status" = 'STREAMING'
  ) + (
    SELECT count(*) FROM (
      SELECT FROM "Message" "older"
      WHERE "userId" = "reply"."userId" AND "status" = 'PENDING' AND "id" < "reply"."id" AND ${isDueSql("older", now)}
      LIMIT ${places}::int
    ) "ahead"
  ) < ${places}::int`;
  return Prisma.sql`CASE
    WHEN "reply"."status" <> 'PENDING' THEN NULL
    WHEN NOT ${isDueSql("reply", now)} THEN 'NEXT_TRY'
    WHEN ${places === 0 ? Prisma.sql`TRUE` : isTurn} THEN 'WORKER'
    ELSE 'OTHER_REPLIES'
  END`;
}

/** How many replies of a user have not ended, counted up to their places. */
export const unfinishedSql = (ctx: Pick<AppContext, "config">, userId: string): Prisma.Sql => Prisma.sql`(
  SELECT count(*)::int FROM (
    SELECT FROM "Message" WHERE "userId" = ${userId}::uuid AND ${isRunningSql("Message")}
    LIMIT ${ctx.config.limits.repliesPerUser}::int
  ) "each")`;

/** Whether a pending reply may be tried now. */
export const isDueSql = (alias: "reply" | "older", now: Date): Prisma.Sql =>
  Prisma.sql`coalesce(${Prisma.raw(`"${alias}"`)}."nextTryAt" <= ${now}::timestamptz, TRUE)`;
