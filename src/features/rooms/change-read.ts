import type { AppContext } from "../../app-context.ts";
import type { Chatroom, Prisma } from "../../generated/prisma/client.ts";
import { chatroomColumnsSql } from "../../platform/postgres/columns.ts";
import { retryConflicts } from "../../platform/postgres/transact.ts";
import { findChatroom } from "./find-chatroom.ts";
import { isOwnRoomSql } from "./room-access.ts";
import { roomChangeAt, roomChangeSql } from "./room-change.ts";
import { roomChanged } from "./room-changed.ts";

/**
 * Changes what the user has seen of a room, on all devices.
 *
 * @param how `set`: assignments to columns of the room; `unless`: a condition on the room as it is, null for false
 * @returns the room as it is then
 * @throws {DomainError} `NOT_FOUND`
 */
export async function changeRead(
  ctx: AppContext,
  { id, userId }: Chatroom,
  how: Readonly<{ set: Prisma.Sql; unless: Prisma.Sql }>,
): Promise<Chatroom> {
  const [changed] = await retryConflicts(
    () => ctx.db.$queryRaw<Chatroom[]>`
      WITH "room" AS (
        SELECT "id", "userId" FROM "Chatroom"
        WHERE "id" = ${id}::uuid AND ${isOwnRoomSql("Chatroom", userId)} AND (${how.unless}) IS NOT TRUE FOR UPDATE
      ), ${roomChangeSql("room")}
      UPDATE "Chatroom" SET ${how.set}, "changeSeq" = "accountLog"."seq" FROM "accountLog" WHERE "id" = ${id}::uuid
      RETURNING ${chatroomColumnsSql("Chatroom")}`,
  );
  if (!changed) return findChatroom(ctx, userId, id, { field: "chatroomId" });
  await roomChanged(ctx, roomChangeAt(userId, changed.changeSeq));
  return changed;
}
