import { DomainError } from "../../errors.ts";
import type { Chatroom, Prisma } from "../../generated/prisma/client.ts";
import { RUNNING_REPLIES } from "./message-status.ts";
import { isOwnRoomSql } from "./room-access.ts";

export type LockedRoom = Pick<Chatroom, "id" | "model" | "activeLeafId" | "queuePausedBecause">;

/**
 * Locks one of the user's rooms until the transaction ends, which orders all sends and ends of replies in
 * it. What else is needed is read by later statements: this one's snapshot may be older than the lock.
 *
 * @throws {DomainError} `NOT_FOUND`
 */
export async function lockChatroom(
  tx: Prisma.TransactionClient,
  userId: string,
  chatroomId: string,
): Promise<LockedRoom> {
  const [room] = await tx.$queryRaw<LockedRoom[]>`
    SELECT "id"::text, "model", "activeLeafId"::text, "queuePausedBecause" FROM "Chatroom"
    WHERE "id" = ${chatroomId}::uuid AND ${isOwnRoomSql("Chatroom", userId)}
    FOR UPDATE`;
  if (!room) throw new DomainError("NOT_FOUND", "There is no such chatroom.");
  return room;
}

/** The reply that a room waits for, if there is one; there is never more than one. */
export async function findRunningReply(
  tx: Prisma.TransactionClient,
  chatroomId: string,
): Promise<{ id: string } | null> {
  return tx.message.findFirst({
    where: { chatroomId, ...RUNNING_REPLIES },
    select: { id: true },
  });
}
