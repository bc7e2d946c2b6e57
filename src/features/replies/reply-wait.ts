import type { AppContext } from "../../app-context.ts";
import { Prisma, type Message } from "../../generated/prisma/client.ts";
import { isRunningSql } from "../rooms/message-status.ts";

/** What a pending reply waits for: a worker, the time of its next try, or the end of other replies of the same user. */
export type ReplyWait = "WORKER" | "NEXT_TRY" | "OTHER_REPLIES";

type Reads = Pick<AppContext, "db" | "config" | "clock">;

/** @returns what each pending reply waits for; other replies are left out */
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
 * A `ReplyWait`, or NULL, of the row that the statement calls "reply". A reply waits for a worker when a slot is left
 * beside the user's streaming replies and the older ones that wait as well. The statement counts no more rows than there
 * are slots, however many replies wait.
 */
export function replyWaitSql(ctx: Pick<AppContext, "config" | "clock">): Prisma.Sql {
  const slots = ctx.config.limits.repliesPerUser;
  const now = ctx.clock.now();
  const isTurn = Prisma.sql`(
    SELECT count(*) FROM "Message" WHERE "userId" = "reply"."userId" AND "status" = 'STREAMING'
  ) + (
    SELECT count(*) FROM (
      SELECT FROM "Message" "older"
      WHERE "userId" = "reply"."userId" AND "status" = 'PENDING' AND "id" < "reply"."id" AND ${isDueSql("older", now)}
      LIMIT ${slots}::int
    ) "ahead"
  ) < ${slots}::int`;
  return Prisma.sql`CASE
    WHEN "reply"."status" <> 'PENDING' THEN NULL
    WHEN NOT ${isDueSql("reply", now)} THEN 'NEXT_TRY'
    WHEN ${slots === 0 ? Prisma.sql`TRUE` : isTurn} THEN 'WORKER'
    ELSE 'OTHER_REPLIES'
  END`;
}

/** The number of running replies of a user, counted up to the number of slots. */
export const runningCountSql = (ctx: Pick<AppContext, "config">, userId: string): Prisma.Sql => Prisma.sql`(
  SELECT count(*)::int FROM (
    SELECT FROM "Message" WHERE "userId" = ${userId}::uuid AND ${isRunningSql("Message")}
    LIMIT ${ctx.config.limits.repliesPerUser}::int
  ) "each")`;

/** Whether a pending reply may be tried now. */
export const isDueSql = (alias: "reply" | "older", now: Date): Prisma.Sql =>
  Prisma.sql`coalesce(${Prisma.raw(`"${alias}"`)}."nextTryAt" <= ${now}::timestamptz, TRUE)`;
