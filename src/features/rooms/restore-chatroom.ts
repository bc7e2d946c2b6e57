import type { AppContext } from "../../app-context.ts";
import type { Chatroom } from "../../generated/prisma/client.ts";
import { readId } from "../../platform/input.ts";
import { chatroomColumnsSql } from "../../platform/postgres/columns.ts";
import { transact } from "../../platform/postgres/transact.ts";
import { assertMayHaveRoom } from "./assert-may-have-room.ts";
import { findChatroom } from "./find-chatroom.ts";
import { roomChangeAt, roomChangeSql } from "./room-change.ts";
import { roomChanged } from "./room-changed.ts";

/**
 * Brings a deleted room back with all that it had, until DELETE_UNDO has passed. A room that is not deleted stays as it is.
 *
 * @throws {DomainError} `NOT_FOUND`, `BAD_USER_INPUT`, `LIMIT_EXCEEDED`
 */
export async function restoreChatroom(
  ctx: Pick<AppContext, "db" | "cache" | "pubsub" | "clock" | "config" | "runInBackground">,
  userId: string,
  chatroomId: string,
): Promise<Chatroom> {
  const id = readId(chatroomId, "id");
  const now = ctx.clock.now();
  const since = new Date(now.getTime() - ctx.config.rooms.deleteUndoMs);
  const room = await transact(ctx.db, async (tx) => {
    const [restored] = await tx.$queryRaw<Chatroom[]>`
    WITH "room" AS (
      SELECT "id", "userId" FROM "Chatroom"
      WHERE "id" = ${id}::uuid AND "userId" = ${userId}::uuid AND "deletedAt" > ${since}::timestamptz
      FOR UPDATE
    ), ${roomChangeSql("room")}
    UPDATE "Chatroom" SET "deletedAt" = NULL, "updatedAt" = ${now}::timestamptz, "changeSeq" = "accountLog"."seq"
    FROM "accountLog" WHERE "id" = ${id}::uuid
    RETURNING ${chatroomColumnsSql("Chatroom")}`;
    if (restored) await assertMayHaveRoom(ctx, tx, userId);
    return restored;
  });
  if (!room) return findChatroom(ctx, userId, id);
  await roomChanged(ctx, roomChangeAt(userId, room.changeSeq));
  return room;
}
