import type { AppContext } from "../../app-context.ts";
import { Prisma } from "../../generated/prisma/client.ts";
import { changeAttempt } from "./change-attempt.ts";
import type { ClaimedReply } from "./claim-reply.ts";

/**
 * Stores that another model than the one that was chosen writes a reply. An unavailable database costs the note only.
 */
export async function noteFallback(ctx: AppContext, reply: ClaimedReply, model: string): Promise<void> {
  try {
    await changeAttempt(ctx, reply, Prisma.sql`"model" = ${model}, "fallbackFrom" = ${reply.model}`);
  } catch (error) {
    ctx.logger.warn({ err: error, replyId: reply.id, model }, "a fallback could not be noted");
  }
}
