import type { AppContext } from "../../app-context.ts";
import { lockChatroom, findRunningReply } from "../rooms/lock-chatroom.ts";
import { isRetryable, isRunning } from "../rooms/message-status.ts";
import { titleDueAt } from "../rooms/request-title.ts";
import { logRoomChange } from "../rooms/room-change.ts";
import { dropRoomLists } from "../rooms/room-list-cache.ts";
import { firstTitleSql } from "../rooms/title.ts";
import { DomainError } from "../../errors.ts";
import type { Message, QueuePause } from "../../generated/prisma/client.ts";
import { messageAdded } from "../messages/message-added.ts";
import { NO_OUTCOME } from "../messages/no-outcome.ts";
import { keepModel } from "../models/choose-model.ts";
import { readPlan } from "../models/read-plan.ts";
import { chargeMessage } from "../usage/quota.ts";
import { transact } from "../../platform/postgres/transact.ts";
import { enqueueReply } from "../replies/enqueue-reply.ts";
import { findReply } from "../replies/find-reply.ts";

/** Why the end of a reply that can be retried pauses the queue. */
const PAUSES: ReadonlySet<QueuePause> = new Set(["FAILED", "BLOCKED", "QUOTA"]);

/**
 * Starts a failed or blocked reply over, as a new attempt with all its tries. A refunded message is charged
 * again. A queue that was paused for it goes on if this attempt is complete.
 *
 * @param options `free` for a retry by the operator: nothing is charged, whatever the quota
 * @throws {DomainError} `NOT_FOUND`; `BAD_USER_INPUT` for anything but a reply that failed or was blocked; `CONFLICT`
 *   when the room has a newer message; `REPLY_IN_PROGRESS`; `QUOTA_EXCEEDED`; `MODEL_NOT_ALLOWED` when the user's plan
 *   no longer covers the reply's model
 */
export async function retryReply(
  ctx: AppContext,
  userId: string,
  messageId: string,
  { free = false }: { free?: boolean } = {},
): Promise<Message> {
  const { id: replyId, chatroomId } = await findReply(ctx, userId, messageId);
  const dueAt = titleDueAt(ctx, ctx.clock.now());
  const { reply, change } = await transact(ctx.db, async (tx) => {
    const room = await lockChatroom(tx, userId, chatroomId);
    const current = await tx.message.findUnique({ where: { id: replyId } });
    // It was deleted while this waited for the room.
    if (!current) throw new DomainError("NOT_FOUND", "There is no such message.");
    // The same retry, sent twice.
    if (isRunning(current.status)) return { reply: current, change: null };
    if (!isRetryable(current.status)) {
      throw new DomainError("BAD_USER_INPUT", "Only a reply that failed or was blocked can be retried.", {
        field: "messageId",
      });
    }
    if (room.activeLeafId !== replyId) {
      throw new DomainError("CONFLICT", "A later message follows this reply.", { headId: room.activeLeafId });
    }
    const running = await findRunningReply(tx, chatroomId);
    if (running) throw new DomainError("REPLY_IN_PROGRESS", undefined, { replyId: running.id });

    // What answered once may be of a plan that has ended.
    if (!free)
      keepModel(ctx, {
        id: current.fallbackFrom ?? current.model,
        plan: await readPlan(tx, userId),
        field: "messageId",
      });
    const charge = free ? null : await chargeMessage(ctx, tx, { userId, model: current.fallbackFrom ?? current.model });
    await tx.replyDetail.deleteMany({ where: { messageId: replyId } });
    // What paused the queue is done over.
    const resumes = room.queuePausedBecause !== null && PAUSES.has(room.queuePausedBecause);
    const { seq: beganSeq } = await tx.chatroom.update({
      where: { id: chatroomId },
      data: { seq: { increment: 1 }, ...(resumes && { queuePausedBecause: null }) },
      select: { seq: true },
    });
    const restarted = await tx.message.update({
      where: { id: replyId },
      data: {
        status: "PENDING",
        content: "",
        tries: 0,
        handBacks: 0,
        draftAttempt: null,
        nextTryAt: null,
        seq: null,
        beganSeq,
        ...NO_OUTCOME,
        chargedOn: charge?.chargedOn ?? null,
        reservedCost: charge?.reserved ?? null,
        userId,
      },
    });
    // A message that was blocked gave the room no title.
    if (current.status === "BLOCKED" && current.parentId)
      await tx.$executeRaw`
        UPDATE "Chatroom" SET ${firstTitleSql({ messageId: current.parentId, content: null, isFirst: false, dueAt })}
        WHERE "id" = ${chatroomId}::uuid`;
    // It was about the text that is gone now.
    await tx.messageRating.deleteMany({ where: { messageId: replyId } });
    return { reply: restarted, change: await logRoomChange(tx, { id: chatroomId, userId }) };
  });
  // It also announces the charge, which is in the same log.
  await (change ? messageAdded(ctx, reply, change) : dropRoomLists(ctx, userId));
  if (change) ctx.runInBackground("enqueue reply", enqueueReply(ctx, userId, reply.id));
  return reply;
}
