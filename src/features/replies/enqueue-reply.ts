import type { AppContext } from "../../app-context.ts";
import { generateReplyJob } from "./jobs.ts";
import { dispatchReplies } from "./dispatch-replies.ts";

/**
 * Asks the workers for a reply, or, unless there is surely a place for it, for those replies of the user whose turn it is:
 * a queue that holds no more of one user than can be written keeps nobody else waiting. Should this be lost, the sweeper
 * asks again: the pending row is the record.
 */
export async function enqueueReply(
  ctx: Pick<AppContext, "db" | "queue" | "pubsub" | "config" | "clock">,
  userId: string,
  replyId: string,
  { hasPlace = false }: { hasPlace?: boolean } = {},
): Promise<void> {
  if (!hasPlace && ctx.config.limits.repliesPerUser > 0) return dispatchReplies(ctx, userId);
  await ctx.queue.add(generateReplyJob, [{ id: replyId, data: { replyId } }]);
}
