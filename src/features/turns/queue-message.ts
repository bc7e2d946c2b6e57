import { v7 as uuidv7 } from "uuid";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { Prisma, type QueuedMessage } from "../../generated/prisma/client.ts";
import { isUniqueViolation } from "../../platform/postgres/is-unique-violation.ts";
import { retryConflicts } from "../../platform/postgres/transact.ts";
import { MAX_QUEUED, queuedColumnsSql } from "../messages/queued-message.ts";
import { isOwnRoomSql } from "../rooms/room-access.ts";
import { roomChangeAt } from "../rooms/room-change.ts";
import { roomChanged } from "../rooms/room-changed.ts";
import { chargeSql, overQuota } from "../usage/quota.ts";
import { quotaDayOf } from "../usage/quota-day.ts";
import type { Asking } from "./append-turn.ts";
import type { SeenRoom } from "./read-for-send.ts";

type NewQueued = Readonly<{ room: SeenRoom; content: string; clientId: string | null; asking: Asking }>;

/**
 * Stores a message at the end of the room's queue and charges the user, in one statement, or nothing. It becomes a message
 * of the room when it is taken up: until then it has no parent and no position, and stands in no list but the queue.
 *
 * @returns null when the room has changed since it was read, so that nothing may be there to wait for: read it again
 * @throws {DomainError} `QUEUE_FULL`, `QUOTA_EXCEEDED`; then nothing is stored
 */
export async function queueMessage(ctx: AppContext, userId: string, message: NewQueued): Promise<QueuedMessage | null> {
  if (message.room.queued >= MAX_QUEUED) throw new DomainError("QUEUE_FULL", undefined, { limit: MAX_QUEUED });
  const written = await write(ctx, queueSql(ctx, userId, message));
  if (!written) return null;
  const { unmoved, accountSeq, ...queued } = written;
  if (!unmoved) return null;
  if (queued.id === null || accountSeq === null) throw await overQuota(ctx, ctx.db, userId);
  // It also announces the charge, which is in the same log.
  await roomChanged(ctx, roomChangeAt(userId, accountSeq));
  return queued;
}

type Row = (QueuedMessage | { id: null }) & { unmoved: boolean; accountSeq: number | null };

/** @returns null when the same message came at once */
async function write({ db }: Pick<AppContext, "db">, sql: Prisma.Sql): Promise<Row | undefined> {
  try {
    const [row] = await retryConflicts(() => db.$queryRaw<[Row]>(sql));
    return row;
  } catch (error) {
    if (isUniqueViolation(error)) return undefined;
    throw error;
  }
}

/**
 * The end of a reply locks the room as well, and moves its `seq`: so either it finds this message in the queue, or this
 * statement finds the room moved. Behind other messages the queue must not have become empty.
 */
function queueSql(ctx: AppContext, userId: string, { room, content, clientId, asking }: NewQueued): Prisma.Sql {
  const now = ctx.clock.now();
  const charge = { userId, plan: room.plan, day: quotaDayOf(ctx, room), model: asking.modelId };
  return Prisma.sql`
    WITH "room" AS (
      SELECT "id", "queued" FROM "Chatroom"
      WHERE "id" = ${room.id}::uuid AND ${isOwnRoomSql("Chatroom", userId)}
        AND "seq" = ${room.seq} AND "activeLeafId" IS NOT DISTINCT FROM ${room.activeLeafId}::uuid
        AND "queued" BETWEEN ${room.runningId === null ? 1 : 0}::int AND ${MAX_QUEUED - 1}::int
      FOR UPDATE
    ), ${chargeSql(ctx, charge, "room", "charged")}, "counted" AS (
      UPDATE "Chatroom" SET "queued" = "room"."queued" + 1, "changeSeq" = "accountLog"."seq", "updatedAt" = ${now}::timestamptz
      FROM "accountLog", "room" WHERE "Chatroom"."id" = "room"."id"
    ), "stored" AS (
      INSERT INTO "QueuedMessage" ("id", "chatroomId", "content", "clientId", "model", "settings", "chargedOn",
        "reservedCost", "createdAt")
      SELECT ${uuidv7()}::uuid, ${room.id}::uuid, ${content}, ${clientId}::text, ${asking.modelId},
        ${JSON.stringify(asking.settings)}::jsonb, ${charge.day.day}::date, "charged"."reserved", ${now}::timestamptz
      FROM "charged"
      RETURNING "QueuedMessage".*
    )
    SELECT ${queuedColumnsSql("stored")}, EXISTS (SELECT FROM "room") AS "unmoved",
      (SELECT "seq" FROM "accountLog") AS "accountSeq"
    FROM (SELECT) "always" LEFT JOIN "stored" ON TRUE`;
}
