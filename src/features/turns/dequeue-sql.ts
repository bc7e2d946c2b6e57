import { Prisma, type QueuedMessage } from "../../generated/prisma/client.ts";
import { roomChangeSql } from "../rooms/room-change.ts";

/**
 * Takes a message out of its room's queue, if it is as it was read, as a part of the statement that makes it a message of
 * the room. It stays if its charge, which a deleted room has given back, is refused. One that was sent again, by a process
 * that knows no queues, gives its `clientId` up.
 *
 * @param charge `chargeSql` because of `waiting`, for a message that is not charged
 * @returns the common table expressions `waiting`, which has the message, if it is still there, and `charged` and
 *   `accountLog` as of `chargeSql`. They need `room`, which has the locked row of the room.
 */
export const dequeueSql = (queued: QueuedMessage, charge: Prisma.Sql): Prisma.Sql => Prisma.sql`
  ${lockSql(queued)}, ${queued.chargedOn === null ? charge : CHARGED}, "dequeued" AS (
    DELETE FROM "QueuedMessage" USING "charged", "waiting" WHERE "QueuedMessage"."id" = "waiting"."id"
  )`;

const lockSql = ({ id, model, settings, chargedOn }: QueuedMessage): Prisma.Sql => Prisma.sql`
  "waiting" AS (
    SELECT "room"."userId", "queued"."id", "queued"."content", "queued"."createdAt", "queued"."reservedCost",
      CASE WHEN NOT EXISTS (
        SELECT FROM "Message" WHERE "chatroomId" = "queued"."chatroomId" AND "clientId" = "queued"."clientId"
      ) THEN "queued"."clientId" END AS "clientId"
    FROM "room" JOIN "QueuedMessage" "queued" ON "queued"."chatroomId" = "room"."id"
    WHERE "queued"."id" = ${id}::uuid AND "queued"."model" = ${model}
      AND "queued"."settings" = ${JSON.stringify(settings)}::jsonb
      AND "queued"."chargedOn" IS NOT DISTINCT FROM ${chargedOn}::date
    FOR UPDATE OF "queued"
  )`;

const CHARGED = Prisma.sql`
  "charged" AS (SELECT "reservedCost" AS "reserved" FROM "waiting"), ${roomChangeSql("waiting")}`;
