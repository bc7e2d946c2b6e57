import type { AppContext } from "../../app-context.ts";
import { Prisma } from "../../generated/prisma/client.ts";
import { createFeedHub, type FeedHub, type FeedKind } from "../../platform/feed/feed.ts";
import {
  AccountLog,
  changeOf,
  snapshotOf,
  type AccountFeedEvent,
  type AccountPosition,
  type LoggedChange,
} from "./account-log.ts";
import { accountChangedTopic, type AccountChanged } from "./events.ts";

export type AccountFeeds = FeedHub<AccountPosition, AccountFeedEvent>;

/**
 * The feeds of accounts: changes in the order of their `seq`, those of rooms among them. The log is in PostgreSQL; pub/sub
 * only announces that it grew.
 */
export function createAccountFeeds(ctx: Pick<AppContext, "db" | "pubsub" | "logger">): AccountFeeds {
  const kind: FeedKind<AccountPosition, AccountFeedEvent, AccountChanged, AccountLog> = {
    name: "account",
    topics: [accountChangedTopic],
    createLog: (userId) => new AccountLog(userId),
    async read(userId, log) {
      const { seq, base, changes } = await readAfter(ctx, userId, log.head);
      if (log.head !== undefined && (log.head < base || changes.length === PAGE)) log.restart(seq);
      else log.advance(changes, seq);
    },
    async readPage(userId, position) {
      const { seq, base, changes } = await readAfter(ctx, userId, position);
      return position < base ? [snapshotOf(userId, seq)] : changes.map((change) => changeOf(userId, change));
    },
    namePosition: String,
    async findStale(logs) {
      const heads = [...logs.values()].map(({ head }) => head ?? -1);
      const grown = await ctx.db.query<{ userId: string }>(Prisma.sql`
        SELECT "userId"::text FROM unnest(${[...logs.keys()]}::uuid[], ${heads}::int[]) AS "known"("userId", "head")
        JOIN "AccountLog" USING ("userId") WHERE "seq" > "head"`);
      return grown.map(({ userId }) => userId);
    },
  };
  return createFeedHub(kind, ctx);
}

/** Changes that are read at once. */
const PAGE = 100;

/**
 * The head and base of a log, with the next changes after a position, at most `PAGE`, all read in one snapshot. Without a
 * position it reads no changes.
 */
async function readAfter(
  ctx: Pick<AppContext, "db">,
  userId: string,
  position: AccountPosition | undefined,
): Promise<{ seq: number; base: number; changes: LoggedChange[] }> {
  type Row = { head: number; base: number } & (LoggedChange | { seq: null });
  const rows = await ctx.db.$queryRaw<Row[]>(changesSql(userId, position ?? null));
  const changes = rows.filter((row) => row.seq !== null);
  return { seq: rows[0]?.head ?? 0, base: rows[0]?.base ?? 0, changes };
}

/** Entries of the log, rooms by their last change, and what is left of purged ones. */
export const changesSql = (userId: string, position: AccountPosition | null): Prisma.Sql => Prisma.sql`
  SELECT "log"."seq" AS "head", "log"."base", "change"."seq", "change"."subject", "change"."kind"
  FROM "AccountLog" "log"
  LEFT JOIN LATERAL (
    (SELECT "seq", "subject", "kind"::text FROM "AccountLogEntry"
      WHERE "userId" = ${userId}::uuid AND "seq" > ${position}::int ORDER BY "seq" LIMIT ${PAGE}::int)
    UNION ALL
    (SELECT "changeSeq", "id"::text, 'ROOM' FROM "Chatroom"
      WHERE "userId" = ${userId}::uuid AND "changeSeq" > ${position}::int ORDER BY "changeSeq" LIMIT ${PAGE}::int)
    UNION ALL
    (SELECT "seq", "roomId"::text, 'ROOM' FROM "RoomTombstone"
      WHERE "userId" = ${userId}::uuid AND "seq" > ${position}::int ORDER BY "seq" LIMIT ${PAGE}::int)
    ORDER BY "seq" LIMIT ${PAGE}::int
  ) "change" ON TRUE
  WHERE "log"."userId" = ${userId}::uuid
  ORDER BY "change"."seq"`;
