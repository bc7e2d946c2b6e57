import { NIL as NIL_UUID } from "uuid";
import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import type { Redis } from "../../platform/redis/redis.ts";
import { isRunningReplySql } from "../rooms/message-status.ts";
import { generateReplyJob } from "./jobs.ts";
import { readLiveHeads } from "./live-text.ts";
import { replyWaitSql } from "./reply-wait.ts";

/** A worker that writes is heard of every 1.5 s; after this long, in milliseconds, nobody is writing. */
const SILENCE_MS = 4_500;
const PAGE = 500;

type Sweeper = Pick<AppContext, "db" | "redis" | "queue" | "config" | "clock">;
type Unfinished = Pick<Message, "id" | "attempt" | "status" | "nextTryAt">;

/**
 * Brings back replies that nobody works on: a crash between the commit and the queue, a Redis that lost its
 * jobs. Adding a job that is still there changes nothing, so all that has not ended is added, except what a
 * worker is seen to be writing although its job was lost, and what waits for other replies of its user.
 *
 * @returns how many were offered to the queue
 * @throws when PostgreSQL or Redis is unavailable
 */
export async function sweepReplies(ctx: Sweeper): Promise<number> {
  let offered = 0;
  let after: string | undefined = NIL_UUID;
  do {
    const page: Unfinished[] = await ctx.db.$queryRaw`
      SELECT "id"::text, "attempt", "status", "nextTryAt" FROM "Message" "reply"
      WHERE ${isRunningReplySql("reply")} AND "id" > ${after}::uuid
        AND ${replyWaitSql(ctx)} IS DISTINCT FROM 'OTHER_REPLIES'
      ORDER BY "id" LIMIT ${PAGE}`;
    offered += await offer(ctx, page);
    after = page.length === PAGE ? page.at(-1)?.id : undefined;
  } while (after !== undefined);
  return offered;
}

async function offer(ctx: Sweeper, replies: readonly Unfinished[]): Promise<number> {
  if (replies.length === 0) return 0;
  const now = ctx.clock.now().getTime();
  const ids = replies.map(({ id }) => id);
  const [heads, uptime] = await Promise.all([readLiveHeads(ctx.redis, ids), readUptime(ctx.redis)]);
  const idle = replies.filter(({ id, attempt, status }) => {
    if (status !== "STREAMING") return true;
    const head = heads.get(id);
    // A Redis that came back empty has to hear of the writers again before it can tell who is silent.
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

/** How long this Redis has been running, in milliseconds, to the second; for ever where it does not say. */
async function readUptime(redis: Redis): Promise<number> {
  const info = await redis.info("server").catch(() => "");
  const [, seconds] = /^uptime_in_seconds:(\d+)/m.exec(info) ?? [];
  return seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) * 1_000;
}
