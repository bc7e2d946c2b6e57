import type { AppContext } from "../app-context.ts";
import { dropRoomList } from "../chat/room-list-cache.ts";
import type { Chatroom, Message } from "../generated/prisma/client.ts";

export type ClaimedReply = Message & { chatroom: Pick<Chatroom, "systemPrompt" | "userId"> };

/**
 * Takes a reply up as its next attempt, which fences off every attempt before.
 *
 * @returns null when it has ended, was stopped, or is gone
 */
export async function claimReply(
  ctx: Pick<AppContext, "db" | "cache" | "later">,
  replyId: string,
): Promise<ClaimedReply | null> {
  const [claimed] = await ctx.db.message.updateManyAndReturn({
    where: { id: replyId, role: "ASSISTANT", status: { in: ["PENDING", "STREAMING"] } },
    data: { status: "STREAMING", attempt: { increment: 1 }, nextTryAt: null },
    include: { chatroom: { select: { systemPrompt: true, userId: true } } },
  });
  if (!claimed) return null;
  ctx.later("drop the list of rooms", dropRoomList(ctx, claimed.chatroom.userId));
  return claimed;
}
