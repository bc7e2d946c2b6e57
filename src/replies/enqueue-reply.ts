import type { AppContext } from "../app-context.ts";
import { generateReplyJob } from "./jobs.ts";

/** Asks the workers for a reply. Should this be lost, the sweeper asks again: the pending row is the record. */
export async function enqueueReply(ctx: Pick<AppContext, "queue">, replyId: string): Promise<void> {
  await ctx.queue.add(generateReplyJob, [{ id: replyId, data: { replyId } }]);
}
