import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import { replyStoppedTopic } from "./events.ts";
import { generateReplyJob } from "./jobs.ts";
import { discardLiveText } from "./live-text.ts";

/**
 * Ends the writing of replies whose rows are gone: their jobs are removed, their requests to the model are aborted, and
 * the text so far is forgotten. Without Redis the workers find out at the end, and the text expires.
 */
export async function abandonReplies(
  ctx: AppContext,
  replies: readonly Pick<Message, "id" | "attempt">[],
): Promise<void> {
  const ids = replies.map(({ id }) => id);
  await Promise.all([
    ctx.queue.remove(generateReplyJob, ids),
    ...replies.map(async ({ id, attempt }) => {
      await discardLiveText(ctx.redis, id).catch((error: unknown) =>
        ctx.logger.warn({ err: error, replyId: id }, "could not discard a live text"),
      );
      await ctx.pubsub.publish(replyStoppedTopic, "", { replyId: id, attempt });
    }),
  ]);
}
