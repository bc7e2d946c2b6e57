import type { AppContext } from "../../app-context.ts";
import { Prisma } from "../../generated/prisma/client.ts";
import { retryConflicts } from "../../platform/postgres/transact.ts";
import { roomChangeAt, roomChangeSql, stampRoomSql } from "../rooms/room-change.ts";
import { roomChanged } from "../rooms/room-changed.ts";
import type { ClaimedReply } from "./claim-reply.ts";

/**
 * Changes a reply that is being written, if this attempt still owns it, and announces that its room has changed.
 *
 * @param set assignments to columns of `Message`
 * @param also more of the statement: what follows if `changed` has the row, which has its `messageId` and `model`
 * @returns whether it still did
 */
export async function changeAttempt(
  ctx: Pick<AppContext, "db" | "cache" | "pubsub" | "runInBackground">,
  { id, chatroomId, attempt, userId }: Pick<ClaimedReply, "id" | "chatroomId" | "attempt" | "userId">,
  set: Prisma.Sql,
  also: Prisma.Sql = Prisma.empty,
): Promise<boolean> {
  const [change] = await retryConflicts(
    () => ctx.db.$queryRaw<{ seq: number }[]>`
      WITH "room" AS (
        SELECT "id", "userId" FROM "Chatroom" WHERE "id" = ${chatroomId}::uuid FOR UPDATE
      ), "changed" AS (
        UPDATE "Message" SET ${set} FROM "room"
        WHERE "Message"."id" = ${id}::uuid AND "Message"."attempt" = ${attempt} AND "Message"."status"::text = 'STREAMING'
        RETURNING "room"."id", "room"."userId", "Message"."id" AS "messageId", "Message"."model"
      ), ${roomChangeSql("changed")}, ${stampRoomSql("changed")} ${also}
      SELECT "seq" FROM "accountLog"`,
  );
  if (change) ctx.runInBackground("room changed", roomChanged(ctx, roomChangeAt(userId, change.seq)));
  return change !== undefined;
}
