import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Chatroom, Message, QueuedMessage } from "../../generated/prisma/client.ts";
import { readId } from "../../platform/input.ts";
import { retryConflicts } from "../../platform/postgres/transact.ts";
import { findMessage } from "../messages/find-message.ts";
import { queuedColumnsSql, toMessage } from "../messages/queued-message.ts";
import { isOwnRoomSql } from "../rooms/room-access.ts";
import { roomChangeAt } from "../rooms/room-change.ts";
import { roomChanged } from "../rooms/room-changed.ts";
import { refundSql } from "../usage/refund-queued.ts";

/**
 * Takes a message out of its room's queue and gives its charge back. A pause ends with the last message.
 *
 * @returns the message as it was
 * @throws {DomainError} `CONFLICT` for one that was taken up already; `NOT_FOUND`, also when it was cancelled before;
 *   `BAD_USER_INPUT`
 */
export async function cancelQueued(ctx: AppContext, userId: string, queuedId: string): Promise<Message> {
  const id = readId(queuedId, "id");
  const removed = await retryConflicts(() => remove(ctx, userId, id));
  if (!removed) throw await gone(ctx, userId, id);
  const { accountSeq, ...queued } = removed;
  // It also announces what was given back, which is in the same log.
  await roomChanged(ctx, roomChangeAt(userId, accountSeq));
  return toMessage(queued);
}

/**
 * @returns why there is no such message in a queue
 * @throws {DomainError} `NOT_FOUND`
 */
export async function gone(ctx: AppContext, userId: string, id: string): Promise<DomainError> {
  const { chatroomId } = await findMessage(ctx, userId, id);
  const { activeLeafId }: Pick<Chatroom, "activeLeafId"> = await ctx.db.chatroom.findUniqueOrThrow({
    where: { id: chatroomId },
    select: { activeLeafId: true },
  });
  return new DomainError("CONFLICT", "The message is no longer in the queue.", { headId: activeLeafId });
}

/** One statement. The room is locked first, as a message is taken up, so that the queue is counted once. */
async function remove(
  ctx: AppContext,
  userId: string,
  id: string,
): Promise<(QueuedMessage & { accountSeq: number }) | undefined> {
  const [removed] = await ctx.db.$queryRaw<[QueuedMessage & { accountSeq: number }]>`
    WITH "room" AS (
      SELECT "room"."id", "room"."queued", "room"."queuePausedBecause" FROM "Chatroom" "room"
      WHERE "room"."id" = (SELECT "chatroomId" FROM "QueuedMessage" WHERE "id" = ${id}::uuid) AND ${isOwnRoomSql("room", userId)}
      FOR UPDATE
    ), "removed" AS (
      DELETE FROM "QueuedMessage" USING "room"
      WHERE "QueuedMessage"."id" = ${id}::uuid AND "QueuedMessage"."chatroomId" = "room"."id"
      RETURNING "QueuedMessage".*
    ), ${refundSql(userId, "removed", "removed")}, "counted" AS (
      UPDATE "Chatroom" SET "queued" = "room"."queued" - 1, "updatedAt" = ${ctx.clock.now()}::timestamptz,
        "queuePausedBecause" = CASE WHEN "room"."queued" > 1 THEN "room"."queuePausedBecause" END,
        "changeSeq" = "accountLog"."seq"
      FROM "room", "accountLog" WHERE "Chatroom"."id" = "room"."id"
    )
    SELECT ${queuedColumnsSql("removed")}, (SELECT "seq" FROM "accountLog") AS "accountSeq" FROM "removed"`;
  return removed;
}
