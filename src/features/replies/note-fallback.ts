import type { AppContext } from "../../app-context.ts";
import { roomChanged } from "../rooms/room-changed.ts";
import type { ClaimedReply } from "./claim-reply.ts";

/**
 * Stores that another model than the one that was chosen writes a reply. An unavailable database costs the note only.
 */
export async function noteFallback(ctx: AppContext, reply: ClaimedReply, model: string): Promise<void> {
  const { id, attempt, userId } = reply;
  try {
    await ctx.db.message.updateMany({
      where: { id, attempt, status: "STREAMING" },
      data: { model, fallbackFrom: reply.model },
    });
    await roomChanged(ctx, userId);
  } catch (error) {
    ctx.logger.warn({ err: error, replyId: id, model }, "a fallback could not be noted");
  }
}
