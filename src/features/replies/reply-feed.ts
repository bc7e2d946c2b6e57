import type { AppContext } from "../../app-context.ts";
import { Prisma } from "../../generated/prisma/client.ts";
import { createFeedHub, type FeedHub, type FeedKind } from "../../platform/feed/feed.ts";
import { createDetailLoader } from "../messages/load-details.ts";
import { isEnded } from "../rooms/message-status.ts";
import { readDraft } from "./draft.ts";
import { livePartsTopic, liveTextTopic } from "./events.ts";
import { NOTHING_WRITTEN, readLiveHeads, readLiveText, type LiveHead } from "./live-text.ts";
import { readReplyWaits, replyWaitSql } from "./reply-wait.ts";
import {
  ReplyLog,
  type ReplyEvent,
  type ReplyHead,
  type ReplyPosition,
  type ReplySnapshot,
  type ReplyWire,
} from "./reply-log.ts";

export type ReplyFeeds = FeedHub<ReplyPosition, ReplyEvent>;
type Reads = Pick<AppContext, "db" | "redis" | "config" | "clock">;

/**
 * The feeds of replies: live text in Redis while it is written, the database's row when it has ended.
 *
 * @param parts whether they have thoughts and activities as well. Those who read the text alone have feeds of their own, which
 *   neither hear of them nor read them.
 */
export function createReplyFeeds(
  ctx: Reads & Pick<AppContext, "pubsub" | "logger">,
  { parts }: { parts: boolean },
): ReplyFeeds {
  const kind: FeedKind<ReplyPosition, ReplyEvent, ReplyWire, ReplyLog> = {
    name: parts ? "reply in parts" : "reply",
    topics: parts ? [liveTextTopic, livePartsTopic] : [liveTextTopic],
    createLog: (replyId) => new ReplyLog(replyId, { parts }),
    async read(replyId, log) {
      log.restore(await readReply(ctx, replyId, parts));
    },
    // A reply's log always holds all of it.
    readPage: async () => [],
    findStale: (logs) => findStale(ctx, logs, parts),
  };
  return createFeedHub(kind, ctx);
}

async function readReply(ctx: Reads, replyId: string, parts: boolean): Promise<ReplySnapshot> {
  const [found, live] = await Promise.all([
    ctx.db.message.findUniqueOrThrow({ where: { id: replyId } }),
    // An ended reply needs no Redis; whether it has ended shows below.
    readLiveText(ctx.redis, replyId, { parts }).catch((error: unknown) => ({ error })),
  ]);
  // The text ended after the row was read: the row says more by now.
  const row =
    live && "state" in live && live.state === "ended" && !isEnded(found.status)
      ? await ctx.db.message.findUniqueOrThrow({ where: { id: replyId } })
      : found;

  if (isEnded(row.status)) {
    const { attempt, content: text, status } = row;
    const { thought, activities } = parts ? await createDetailLoader(ctx).load(row) : NOTHING_WRITTEN;
    return { attempt, text, thought, activities, status, waitingFor: null, message: row };
  }
  if (live && "error" in live) throw live.error;
  // A worker that took the reply up after the row was read is already streaming.
  const taken = live && live.attempt > row.attempt;
  // Until a worker goes on, the text so far is in the row alone.
  const written = live && live.attempt >= row.attempt ? live : await readDraft(ctx, row, { parts });
  const { text, thought, activities } = written ?? NOTHING_WRITTEN;
  const waitingFor = taken ? null : ((await readReplyWaits(ctx, [row])).get(row.id) ?? null);
  return {
    attempt: taken ? live.attempt : row.attempt,
    text,
    thought,
    activities,
    status: taken ? "STREAMING" : row.status,
    waitingFor,
    message: null,
  };
}

/** Most of these replies wait, and have no live text: the database alone tells whether something has changed. */
async function findStale(ctx: Reads, logs: ReadonlyMap<string, ReplyLog>, parts: boolean): Promise<string[]> {
  const heads = [...logs.values()].map(({ head }) => head);
  const found = await ctx.db.query<{ id: string; isStale: boolean }>(Prisma.sql`
    SELECT "id"::text, "isStale" FROM (
      SELECT "reply"."id", "reply"."status", "reply"."status"::text <> "known"."status"
        OR "reply"."attempt" > "known"."attempt"
        OR ${replyWaitSql(ctx)} IS DISTINCT FROM nullif("known"."waitingFor", '') AS "isStale"
      FROM unnest(${[...logs.keys()]}::uuid[], ${heads.map(({ status }) => status)}::text[],
        ${heads.map(({ attempt }) => attempt)}::int[], ${heads.map(({ waitingFor }) => waitingFor ?? "")}::text[])
        AS "known"("knownId", "status", "attempt", "waitingFor")
      JOIN "Message" "reply" ON "reply"."id" = "knownId"
    ) "each" WHERE "isStale" OR "status" = 'STREAMING'`);
  const streaming = found.filter(({ isStale }) => !isStale).map(({ id }) => id);
  const live = await readLiveHeads(ctx.redis, streaming).catch(() => new Map<string, null>());
  return found
    .filter(({ id, isStale }) => isStale || isBeyond(live.get(id), logs.get(id)?.head, parts))
    .map(({ id }) => id);
}

/** Whether Redis has more than is known. */
function isBeyond(live: LiveHead | null | undefined, known: ReplyHead | undefined, parts: boolean): boolean {
  if (!live || !known) return false;
  if (live.attempt > known.attempt || live.length > known.length) return true;
  return parts && (live.thoughtLength > known.thoughtLength || live.activities > known.activities);
}
