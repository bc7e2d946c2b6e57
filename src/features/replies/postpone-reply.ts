import type { AppContext } from "../../app-context.ts";
import { Prisma, type Message } from "../../generated/prisma/client.ts";
import { changeAttempt } from "./change-attempt.ts";
import type { ClaimedReply } from "./claim-reply.ts";
import { endLiveText } from "./live-text.ts";
import { dispatchReplies } from "./dispatch-replies.ts";

type Claim = Pick<ClaimedReply, "id" | "chatroomId" | "attempt" | "userId">;

/**
 * Makes a reply pending until its next try, after a try that met a fault, if this attempt still owns it.
 *
 * @param options `startsOver`: what an attempt before has left is given up
 * @returns whether it still did
 */
export async function postponeReply(
  ctx: AppContext,
  reply: Claim,
  nextTryAt: Date,
  { startsOver }: { startsOver: boolean },
): Promise<boolean> {
  const draft = startsOver ? Prisma.sql`, "draftAttempt" = NULL` : Prisma.empty;
  const set = Prisma.sql`"status" = 'PENDING', "nextTryAt" = ${nextTryAt}::timestamptz, "tries" = "tries" + 1 ${draft}`;
  const postponed = await changeAttempt(ctx, reply, set);
  if (postponed) await releaseReply(ctx, reply);
  return postponed;
}

/** Counts a try at a reply that could not be postponed. */
export async function countTry(ctx: AppContext, reply: Pick<Message, "id" | "attempt">): Promise<void> {
  const where = { id: reply.id, attempt: reply.attempt };
  await ctx.db.message.updateMany({ where, data: { tries: { increment: 1 } } });
}

/** What follows once a reply has no worker any more. */
export async function releaseReply(ctx: AppContext, reply: Claim): Promise<void> {
  ctx.runInBackground("dispatch replies", dispatchReplies(ctx, reply.userId));
  await endLiveText(ctx.redis, reply.id, reply.attempt).catch((error: unknown) =>
    ctx.logger.warn({ err: error, replyId: reply.id }, "could not end the live text"),
  );
}
