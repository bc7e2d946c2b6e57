import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import { liveTextTopic } from "./events.ts";
import { generateReplyJob } from "./jobs.ts";
import { isDueSql } from "./reply-wait.ts";

/**
 * Asks the workers for the user's oldest waiting replies, as many as there are free places. To be called after the commit
 * of whatever frees a place, or wants one that may not be free: of two such commits at once, the later one sees both.
 * Should it be lost, the sweeper asks.
 */
export async function dispatchReplies(
  ctx: Pick<AppContext, "db" | "queue" | "pubsub" | "config" | "clock">,
  userId: string,
): Promise<void> {
  const places = ctx.config.limits.repliesPerUser;
  // Without a limit nothing waits for its turn.
  if (places === 0) return;
  const offered = await ctx.db.$queryRaw<Pick<Message, "id" | "attempt">[]>`
    SELECT "id"::text, "attempt" FROM "Message" "reply"
    WHERE "userId" = ${userId}::uuid AND "status" = 'PENDING' AND ${isDueSql("reply", ctx.clock.now())}
    ORDER BY "id" LIMIT greatest(0, ${places}::int - (
      SELECT count(*) FROM "Message" WHERE "userId" = ${userId}::uuid AND "status" = 'STREAMING'
    ))`;
  await ctx.queue.add(
    generateReplyJob,
    offered.map(({ id }) => ({ id, data: { replyId: id } })),
  );
  await Promise.all(offered.map((reply) => announceWait(ctx, reply)));
}

/** Tells the readers of a reply to read again what it waits for. */
export const announceWait = (
  ctx: Pick<AppContext, "pubsub">,
  { id, attempt }: Pick<Message, "id" | "attempt">,
): Promise<void> => ctx.pubsub.publish(liveTextTopic, id, { kind: "changed", attempt });
