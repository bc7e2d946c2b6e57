import type { AppContext } from "../../app-context.ts";
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
 * The feeds of accounts: changes in the order of their `seq`. The log is in PostgreSQL; pub/sub only announces that it
 * grew.
 */
export function createAccountFeeds(ctx: Pick<AppContext, "db" | "pubsub" | "logger">): AccountFeeds {
  const kind: FeedKind<AccountPosition, AccountFeedEvent, AccountChanged, AccountLog> = {
    name: "account",
    topics: [accountChangedTopic],
    createLog: (userId) => new AccountLog(userId),
    async read(userId, log) {
      const { seq, base, entries } = await readAfter(ctx, userId, log.head);
      if (log.head !== undefined && log.head < base) log.restart(seq);
      else log.advance(entries, seq);
    },
    async readPage(userId, position) {
      const { seq, base, entries } = await readAfter(ctx, userId, position);
      return position < base ? [snapshotOf(userId, seq)] : entries.map((entry) => changeOf(userId, entry));
    },
    namePosition: String,
    readsWhenDelivered: true,
    async findStale(logs) {
      const heads = [...logs.values()].map(({ head }) => head ?? -1);
      const grown = await ctx.db.$queryRaw<{ userId: string }[]>`
        SELECT "userId"::text FROM unnest(${[...logs.keys()]}::uuid[], ${heads}::int[]) AS "known"("userId", "head")
        JOIN "AccountLog" USING ("userId") WHERE "seq" > "head"`;
      return grown.map(({ userId }) => userId);
    },
  };
  return createFeedHub(kind, ctx);
}

/**
 * The head and base of a log, with its entries after a position: at most about `MAX_ENTRIES`, all read in one
 * snapshot. Without a position it reads no entries.
 */
async function readAfter(
  ctx: Pick<AppContext, "db">,
  userId: string,
  position: AccountPosition | undefined,
): Promise<{ seq: number; base: number; entries: LoggedChange[] }> {
  type Row = { head: number; base: number } & (LoggedChange | { seq: null });
  const rows = await ctx.db.$queryRaw<Row[]>`
    SELECT "log"."seq" AS "head", "log"."base", "entry"."seq", "entry"."subject", "entry"."kind"
    FROM "AccountLog" "log"
    LEFT JOIN "AccountLogEntry" "entry"
      ON "entry"."userId" = "log"."userId" AND "entry"."seq" > ${position ?? null}::int
    WHERE "log"."userId" = ${userId}::uuid
    ORDER BY "entry"."seq"`;
  const entries = rows.filter((row) => row.seq !== null);
  return { seq: rows[0]?.head ?? 0, base: rows[0]?.base ?? 0, entries };
}
