import type { AppContext } from "../../app-context.ts";
import type { Prisma } from "../../generated/prisma/client.ts";
import { retryConflicts } from "../../platform/postgres/transact.ts";
import { roomChangeAt, roomChangeSql, stampRoomSql } from "../rooms/room-change.ts";
import { roomChanged } from "../rooms/room-changed.ts";
import type { ClaimedReply } from "./claim-reply.ts";

/**
 * Changes a reply that is being written, if this attempt still owns it, and announces that its room has changed.
 *
 * @param set assignments to columns of `Message`
 * @returns whether it still did
 */
export async function changeAttempt(
  ctx: Pick<AppContext, "db" | "cache" | "pubsub" | "runInBackground">,
  { id, chatroomId, attempt, userId }: Pick<ClaimedReply, "id" | "chatroomId" | "attempt" | "userId">,
  set: Prisma.Sql,
): Promise<boolean> {
  const [change] = await retryConflicts(
    () => ctx.db.$queryRaw<{ seq: number }[]>`
      WITH "room" AS (
        SELECT "id", "userId" FROM "Chatroom" WHERE "id" = ${chatroomId}::uuid FOR UPDATE
      ), "changed" AS (
        UPDATE "Message" SET ${set} FROM "room"
        WHERE "Message"."id" = ${id}::uuid AND "Message"."attempt" = ${attempt} AND "Message"."status" = 'STREAMING'
        RETURNING "room"."id", "room"."userId"
      ), ${roomChangeSql("changed")}, ${stampRoomSql("changed")}
      SELECT "seq" FROM "accountLog"`,
  );
  if (change) ctx.runInBackground("room changed", roomChanged(ctx, roomChangeAt(userId, change.seq)));
  return change !== undefined;
}
