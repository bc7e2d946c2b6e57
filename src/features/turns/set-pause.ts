import type { AppContext } from "../../app-context.ts";
import type { Chatroom, QueuePause } from "../../generated/prisma/client.ts";
import { retryConflicts } from "../../platform/postgres/transact.ts";
import { isOwnRoomSql } from "../rooms/room-access.ts";
import { roomChangeAt, roomChangeSql } from "../rooms/room-change.ts";
import { roomChanged } from "../rooms/room-changed.ts";

/**
 * Pauses the queue of a room that is as it was read, or ends its pause.
 *
 * @param cause null to end it
 * @returns false when the room has moved on, or has no queue any more: then nothing is changed
 */
export async function setPause(
  ctx: AppContext,
  { id, userId, seq }: Pick<Chatroom, "id" | "userId" | "seq">,
  cause: QueuePause | null,
): Promise<boolean> {
  const [changed] = await retryConflicts(
    () => ctx.db.$queryRaw<Pick<Chatroom, "changeSeq">[]>`
    WITH "room" AS (
      SELECT "id", "userId" FROM "Chatroom"
      WHERE "id" = ${id}::uuid AND ${isOwnRoomSql("Chatroom", userId)} AND "seq" = ${seq} AND "queued" > 0
      FOR UPDATE
    ), ${roomChangeSql("room")}
    UPDATE "Chatroom" SET "queuePausedBecause" = ${cause}::"QueuePause", "updatedAt" = ${ctx.clock.now()}::timestamptz,
      "changeSeq" = "accountLog"."seq"
    FROM "accountLog" WHERE "id" = ${id}::uuid
    RETURNING "changeSeq"`,
  );
  if (changed) await roomChanged(ctx, roomChangeAt(userId, changed.changeSeq));
  return changed !== undefined;
}
