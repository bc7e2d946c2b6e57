import { NIL as NIL_UUID } from "uuid";
import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import type { Redis } from "../../platform/redis/redis.ts";
import { isRunningReplySql } from "../rooms/message-status.ts";
import { generateReplyJob } from "./jobs.ts";
import { readLiveHeads } from "./live-text.ts";
import { replyWaitSql } from "./reply-wait.ts";

/** A heartbeat comes every `HEARTBEAT_MS`; after this long without one, in milliseconds, no worker writes the reply. */
const SILENCE_MS = 4_500;
const PAGE = 500;

type Sweeper = Pick<AppContext, "db" | "redis" | "queue" | "config" | "clock">;
type RunningReply = Pick<Message, "id" | "attempt" | "status" | "nextTryAt">;

/**
 * Enqueues running replies that no worker works on, after a crash between the commit and the queue, or a Redis that lost
 * its jobs. BullMQ ignores a job that it still has, so all running replies are added, except those with a live heartbeat
 * and those that wait for other replies of their user.
 *
 * @returns how many were added to the queue
 * @throws when PostgreSQL or Redis is unavailable
 */
export async function sweepReplies(ctx: Sweeper): Promise<number> {
  let enqueued = 0;
  let after: string | undefined = NIL_UUID;
  do {
    const page: RunningReply[] = await ctx.db.$queryRaw`
      SELECT "id"::text, "attempt", "status", "nextTryAt" FROM "Message" "reply"
      WHERE ${isRunningReplySql("reply")} AND "id" > ${after}::uuid
        AND ${replyWaitSql(ctx)} IS DISTINCT FROM 'OTHER_REPLIES'
      ORDER BY "id" LIMIT ${PAGE}`;
    enqueued += await enqueueIdle(ctx, page);
    after = page.length === PAGE ? page.at(-1)?.id : undefined;
  } while (after !== undefined);
  return enqueued;
}

async function enqueueIdle(ctx: Sweeper, replies: readonly RunningReply[]): Promise<number> {
  if (replies.length === 0) return 0;
  const now = ctx.clock.now().getTime();
  const ids = replies.map(({ id }) => id);
  const [heads, uptime] = await Promise.all([readLiveHeads(ctx.redis, ids), readUptime(ctx.redis)]);
  const idle = replies.filter(({ id, attempt, status }) => {
    if (status !== "STREAMING") return true;
    const head = heads.get(id);
    // A Redis that restarted empty needs a heartbeat of each writer before silence means anything.
    if (!head) return uptime >= SILENCE_MS;
    return !(head.state === "streaming" && head.attempt === attempt && head.silence < SILENCE_MS);
  });
  await ctx.queue.add(
    generateReplyJob,
    idle.map(({ id, nextTryAt }) => ({
      id,
      data: { replyId: id },
      ...(nextTryAt && nextTryAt.getTime() > now && { delay: nextTryAt.getTime() - now }),
    })),
  );
  return idle.length;
}

/** The uptime of this Redis in milliseconds, to the second; infinite where it does not report one. */
async function readUptime(redis: Redis): Promise<number> {
  const info = await redis.info("server").catch(() => "");
  const [, seconds] = /^uptime_in_seconds:(\d+)/m.exec(info) ?? [];
  return seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) * 1_000;
}
