import type { Prisma } from "../../generated/prisma/client.ts";
import { refundSql } from "../usage/refund-queued.ts";

/**
 * Locks a room that its user deletes, pauses its queue, and gives the charges back. The messages stay, in case the room is
 * restored: each is charged again when it is taken up. Call it inside the transaction that deletes the room.
 */
export async function releaseQueue(tx: Prisma.TransactionClient, userId: string, chatroomId: string): Promise<void> {
  const [room] = await tx.$queryRaw<{ queued: number }[]>`
    SELECT "queued" FROM "Chatroom" WHERE "id" = ${chatroomId}::uuid AND "userId" = ${userId}::uuid FOR UPDATE`;
  if (!room || room.queued === 0) return;
  await tx.$executeRaw`
    UPDATE "Chatroom" SET "queuePausedBecause" = coalesce("queuePausedBecause", 'STOPPED') WHERE "id" = ${chatroomId}::uuid`;
  await tx.$executeRaw`
    WITH "charged" AS (
      SELECT "id", "chargedOn", "reservedCost" FROM "QueuedMessage"
      WHERE "chatroomId" = ${chatroomId}::uuid AND "chargedOn" IS NOT NULL
      FOR UPDATE
    ), ${refundSql(userId, "charged")}
    UPDATE "QueuedMessage" SET "chargedOn" = NULL, "reservedCost" = NULL
    FROM "charged" WHERE "QueuedMessage"."id" = "charged"."id"`;
}
