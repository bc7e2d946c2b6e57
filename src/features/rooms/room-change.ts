import type { AppContext } from "../../app-context.ts";
import type { AccountChange } from "../activity/append-account-events.ts";
import { Prisma, type Chatroom } from "../../generated/prisma/client.ts";

declare const logged: unique symbol;

/** A change of a room that its account's log has, for `roomChanged` after the commit. Only this file makes one. */
export type RoomChange = AccountChange & { readonly [logged]: true };

/** @param seq what the statement with `roomChangeSql` or `accountEventSql` has stored as the room's `changeSeq` */
export const roomChangeAt = (userId: string, seq: number): RoomChange => ({ userId, seq }) as RoomChange;

/**
 * The last change of a room that is known to have changed, for a commit whose answer was lost. @throws when the room is gone
 */
export async function findRoomChange(db: Pick<AppContext["db"], "chatroom">, id: string): Promise<RoomChange> {
  const room = await db.chatroom.findUniqueOrThrow({ where: { id }, select: { userId: true, changeSeq: true } });
  return roomChangeAt(room.userId, room.changeSeq);
}

/**
 * Gives a room's change its position in the account's log. Call it as the last step of the transaction that makes the
 * change, with the room locked: the log's row stays locked until the transaction ends, so commit order is seq order.
 */
export async function logRoomChange(
  tx: Prisma.TransactionClient,
  { id, userId }: Pick<Chatroom, "id" | "userId">,
): Promise<RoomChange> {
  const [change] = await tx.$queryRaw<{ seq: number }[]>`
    WITH "room" AS (SELECT ${id}::uuid AS "id", ${userId}::uuid AS "userId"), ${roomChangeSql("room")},
      ${stampRoomSql("room")}
    SELECT "seq" FROM "accountLog"`;
  if (!change) throw new Error("an account's log did not take the change of a room");
  return roomChangeAt(userId, change.seq);
}

/**
 * The same as a part of the statement that makes the change. The statement itself stores the `seq` as the room's
 * `changeSeq`, in its own UPDATE of the room, or with `stampRoomSql`. A statement that also appends another event uses
 * `accountEventSql` instead.
 *
 * @param room the common table expression with `id` and `userId` of the room, which it has locked: a row, at most one, if
 *   the room changes. All else that the statement locks must be locked before that row is there.
 * @returns the common table expression `accountLog`, which has the new `seq`
 */
export const roomChangeSql = (room: string): Prisma.Sql => Prisma.sql`
  "accountLog" AS (
    INSERT INTO "AccountLog" ("userId", "seq") SELECT "userId", 1 FROM ${Prisma.raw(`"${room}"`)}
    ON CONFLICT ("userId") DO UPDATE SET "seq" = "AccountLog"."seq" + 1
    RETURNING "seq"
  )`;

/**
 * Stores the position in a room that the statement does not update otherwise: PostgreSQL updates a row once a statement.
 *
 * @param room as for `roomChangeSql`
 */
export const stampRoomSql = (room: string): Prisma.Sql => {
  const changed = Prisma.raw(`"${room}"`);
  return Prisma.sql`
    "stamped" AS (
      UPDATE "Chatroom" SET "changeSeq" = "accountLog"."seq" FROM "accountLog", ${changed}
      WHERE "Chatroom"."id" = ${changed}."id"
    )`;
};
