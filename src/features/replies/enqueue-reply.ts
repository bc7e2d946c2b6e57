import type { AppContext } from "../../app-context.ts";
import { generateReplyJob } from "./jobs.ts";
import { dispatchReplies } from "./dispatch-replies.ts";

/**
 * Adds the job of a new reply, or, unless there is surely a slot for it, dispatches the user's oldest waiting replies. So
 * the queue holds no more of one user than can be written, and nobody waits behind a flood. The pending row is the record:
 * the sweeper adds a job that got lost.
 */
export async function enqueueReply(
  ctx: Pick<AppContext, "db" | "queue" | "pubsub" | "config" | "clock">,
  userId: string,
  replyId: string,
  { hasSlot = false }: { hasSlot?: boolean } = {},
): Promise<void> {
  if (!hasSlot && ctx.config.limits.repliesPerUser > 0) return dispatchReplies(ctx, userId);
  await ctx.queue.add(generateReplyJob, [{ id: replyId, data: { replyId } }]);
}
