import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import { summarizeContextJob } from "./jobs.ts";

/**
 * Has the older part of a conversation summarised, ahead of need: no reply waits for it. A job that is lost comes again with
 * the end of the next reply.
 */
export async function requestSummary(
  ctx: Pick<AppContext, "queue" | "config">,
  { id: replyId, chatroomId }: Pick<Message, "id" | "chatroomId">,
): Promise<void> {
  if (!ctx.config.context.summaries.generated) return;
  await ctx.queue.add(summarizeContextJob, [{ id: chatroomId, data: { chatroomId, replyId } }]);
}
