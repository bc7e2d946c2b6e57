import type { AppContext } from "../../app-context.ts";
import { RUNNING_REPLIES } from "../rooms/message-status.ts";
import { readReplyWaits } from "../replies/reply-wait.ts";

const LIMIT = 200;

/**
 * Replies that were asked for long ago and have not ended, the oldest first, 200 at most, and what they wait for. One that
 * waits for a worker shows that none works, or that there are too few.
 *
 * @param olderThanMs in milliseconds
 */
export async function listStuckReplies(ctx: AppContext, olderThanMs: number) {
  const replies = await ctx.db.message.findMany({
    where: {
      ...RUNNING_REPLIES,
      createdAt: { lt: new Date(ctx.clock.now().getTime() - olderThanMs) },
    },
    select: { id: true, chatroomId: true, status: true, attempt: true, tries: true, nextTryAt: true, createdAt: true },
    orderBy: { id: "asc" },
    take: LIMIT,
  });
  const waits = await readReplyWaits(ctx, replies);
  return replies.map((reply) => Object.assign(reply, { waitingFor: waits.get(reply.id) ?? null }));
}
