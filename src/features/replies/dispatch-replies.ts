import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import { outsideTraces } from "../../platform/telemetry/tracing.ts";
import { liveTextTopic } from "./events.ts";
import { generateReplyJob } from "./jobs.ts";
import { isDueSql } from "./reply-wait.ts";

/**
 * Adds the jobs of the user's oldest waiting replies, as many as there are free slots. Call it after each commit that
 * frees a slot, or that wants one which may not be free: of two such commits at once, the later one sees both. The sweeper
 * repairs a lost call.
 */
export async function dispatchReplies(
  ctx: Pick<AppContext, "db" | "queue" | "pubsub" | "config" | "clock">,
  userId: string,
): Promise<void> {
  const slots = ctx.config.limits.repliesPerUser;
  // Without a limit no reply waits for another.
  if (slots === 0) return;
  const dispatched = await ctx.db.$queryRaw<Pick<Message, "id" | "attempt">[]>`
    SELECT "id"::text, "attempt" FROM "Message" "reply"
    WHERE "userId" = ${userId}::uuid AND "status" = 'PENDING' AND ${isDueSql("reply", ctx.clock.now())}
    ORDER BY "id" LIMIT greatest(0, ${slots}::int - (
      SELECT count(*) FROM "Message" WHERE "userId" = ${userId}::uuid AND "status" = 'STREAMING'
    ))`;
  const jobs = dispatched.map(({ id }) => ({ id, data: { replyId: id } }));
  // What brings it about is another message, whose trace would never end.
  await outsideTraces(() => ctx.queue.add(generateReplyJob, jobs));
  await Promise.all(dispatched.map((reply) => announceWait(ctx, reply)));
}

/** Makes the readers of a reply read again what it waits for. */
export const announceWait = (
  ctx: Pick<AppContext, "pubsub">,
  { id, attempt }: Pick<Message, "id" | "attempt">,
): Promise<void> => ctx.pubsub.publish(liveTextTopic, id, { kind: "changed", attempt });
