import { v7 as uuidv7 } from "uuid";
import type { AppContext } from "../../app-context.ts";
import { retryConflicts } from "../../platform/postgres/transact.ts";
import { startWithin } from "../../platform/text/start-within.ts";
import { roomChangeAt, roomChangeSql } from "../rooms/room-change.ts";
import { roomChanged } from "../rooms/room-changed.ts";

/** Longest summary that is kept, in bytes of UTF-8. */
const MAX_BYTES = 64 * 1024;

type NewOverlay = Readonly<{ fromId: string; toId: string; text: string; model: string }>;

/**
 * Stores a summary, once for its last message, and tells the user's devices of it.
 *
 * @param room as it was claimed: when another worker has claimed it meanwhile, nothing is stored
 * @returns whether it was stored: not where the room or the messages are gone
 */
export async function storeOverlay(
  ctx: AppContext,
  room: Readonly<{ id: string; userId: string; leaseEnd: Date }>,
  { fromId, toId, text, model }: NewOverlay,
): Promise<boolean> {
  const now = ctx.clock.now();
  const [change] = await retryConflicts(
    () => ctx.db.$queryRaw<{ seq: number }[]>`
      WITH "claimed" AS (
        SELECT "id", "userId" FROM "Chatroom"
        WHERE "id" = ${room.id}::uuid AND "deletedAt" IS NULL AND "summaryFreeAt" = ${room.leaseEnd}::timestamptz
        FOR UPDATE
      ), "covered" AS (
        SELECT "id" FROM "Message" WHERE "id" = ANY(${[fromId, toId]}::uuid[]) AND "chatroomId" = ${room.id}::uuid
        FOR KEY SHARE
      ), "stored" AS (
        INSERT INTO "ContextOverlay" ("id", "chatroomId", "fromMessageId", "toMessageId", "text", "model", "createdAt")
        SELECT ${uuidv7()}::uuid, "id", ${fromId}::uuid, ${toId}::uuid, ${startWithin(text, MAX_BYTES)}, ${model}, ${now}::timestamptz
        FROM "claimed" WHERE (SELECT count(*) FROM "covered") = 2
        ON CONFLICT ("toMessageId") DO NOTHING
        RETURNING "id"
      ), "room" AS (SELECT "claimed".* FROM "claimed", "stored"), ${roomChangeSql("room")}, "stamped" AS (
        UPDATE "Chatroom" SET "changeSeq" = "accountLog"."seq" FROM "accountLog" WHERE "Chatroom"."id" = ${room.id}::uuid
      )
      SELECT "seq" FROM "accountLog"`,
  );
  if (!change) return false;
  await roomChanged(ctx, roomChangeAt(room.userId, change.seq));
  return true;
}
