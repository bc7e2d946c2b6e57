import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Chatroom, Prisma } from "../../generated/prisma/client.ts";
import { readId } from "../../platform/input.ts";
import { transact } from "../../platform/postgres/transact.ts";
import { messageAddedTopic } from "../messages/events.ts";
import { stopOwnReply } from "../replies/stop-reply.ts";
import { RUNNING_REPLIES } from "../rooms/message-status.ts";
import { roomChangeAt, roomChangeSql } from "../rooms/room-change.ts";
import { roomChanged } from "../rooms/room-changed.ts";
import { releaseQueue } from "./release-queue.ts";

export type DeletedRoom = Readonly<{ id: string; restorableUntil: Date }>;

/**
 * Deletes a room: nobody reads or writes it from now on, those who watch it are sent away, its running reply is
 * stopped, and its queue is paused and given back. `restoreChatroom` brings it back until DELETE_UNDO has passed. A repeat does what is left to do.
 *
 * @throws {DomainError} `NOT_FOUND`; `BAD_USER_INPUT`; `UNAVAILABLE` when the running reply cannot be stopped: the room is
 *   deleted all the same, and the call can be repeated
 */
export async function deleteChatroom(ctx: AppContext, userId: string, chatroomId: string): Promise<DeletedRoom> {
  const id = readId(chatroomId, "id");
  const now = ctx.clock.now();
  const room = await transact(ctx.db, async (tx) => {
    await releaseQueue(tx, userId, id);
    return markDeleted(tx, { id, userId, now });
  });
  // It also announces what was given back, which is in the same log.
  const changed = roomChanged(ctx, roomChangeAt(userId, room.changeSeq));
  await ctx.pubsub.publish(messageAddedTopic, id, { seq: room.seq });
  await changed;
  const running = await ctx.db.message.findMany({
    where: { chatroomId: id, ...RUNNING_REPLIES },
    select: { id: true },
  });
  for (const reply of running) {
    await stopOwnReply(ctx, userId, () => ctx.db.message.findUnique({ where: { id: reply.id } }));
  }
  return { id, restorableUntil: new Date(room.deletedAt.getTime() + ctx.config.rooms.deleteUndoMs) };
}

type Deleted = Pick<Chatroom, "seq" | "changeSeq"> & { deletedAt: Date };

/** The room's log moves on, so that a feed that does not hear of this finds out by comparing, and a send does not fit. */
async function markDeleted(
  tx: Prisma.TransactionClient,
  { id, userId, now }: { id: string; userId: string; now: Date },
): Promise<Deleted> {
  const [room] = await tx.$queryRaw<Deleted[]>`
    WITH "room" AS (
      SELECT "id", "userId" FROM "Chatroom" WHERE "id" = ${id}::uuid AND "userId" = ${userId}::uuid FOR UPDATE
    ), ${roomChangeSql("room")}
    UPDATE "Chatroom" SET "deletedAt" = coalesce("deletedAt", ${now}::timestamptz), "updatedAt" = ${now}::timestamptz,
      "seq" = CASE WHEN "deletedAt" IS NULL THEN "Chatroom"."seq" + 1 ELSE "Chatroom"."seq" END,
      "changeSeq" = "accountLog"."seq"
    FROM "accountLog" WHERE "id" = ${id}::uuid
    RETURNING "Chatroom"."seq", "changeSeq", "deletedAt"`;
  if (!room) throw new DomainError("NOT_FOUND", "There is no such chatroom.");
  return room;
}
