import type { AppContext } from "../app-context.ts";

const LIMIT = 200;

/**
 * Replies that were asked for long ago and have not ended, the oldest first, 200 at most. One with a `nextTryAt` waits for
 * the model; one without is either being written or shows that no worker works.
 *
 * @param olderThanMs in milliseconds
 */
export function listStuckReplies(ctx: AppContext, olderThanMs: number) {
  return ctx.db.message.findMany({
    where: {
      role: "ASSISTANT",
      status: { in: ["PENDING", "STREAMING"] },
      createdAt: { lt: new Date(ctx.clock.now().getTime() - olderThanMs) },
    },
    select: { id: true, chatroomId: true, status: true, attempt: true, tries: true, nextTryAt: true, createdAt: true },
    orderBy: { id: "asc" },
    take: LIMIT,
  });
}
