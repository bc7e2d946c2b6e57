import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import { isRunning } from "../rooms/message-status.ts";
import { abandonReplies } from "./abandon-replies.ts";
import { STREAMING_TTL_S } from "./live-text.ts";

/** Rooms are purged this long after they can be restored for the last time, in milliseconds: clocks differ. */
const MARGIN_MS = 60_000;
/** Rooms that are found by one statement. */
const ROOMS = 100;
/** Messages deleted by one statement. */
export const PURGE_BATCH = 1_000;

type Purged = Pick<Message, "id" | "role" | "status" | "attempt" | "finishedAt">;

/**
 * Deletes rooms for good that were deleted more than DELETE_UNDO ago, with their messages and what Redis holds of them. A tombstone
 * is left of each, for devices that were away.
 * Any number of workers may do so at once.
 *
 * @param signal asks it to end early
 */
export async function purgeChatrooms(ctx: AppContext, signal: AbortSignal): Promise<void> {
  const before = new Date(ctx.clock.now().getTime() - ctx.config.rooms.deleteUndoMs - MARGIN_MS);
  const rooms = await ctx.db.$queryRaw<{ id: string }[]>`
    SELECT "id"::text FROM "Chatroom" WHERE "deletedAt" < ${before}::timestamptz ORDER BY "deletedAt" LIMIT ${ROOMS}`;
  for (const { id } of rooms) {
    let purged: Purged[];
    do {
      if (signal.aborted) return;
      purged = await purgeMessages(ctx, id, before);
      await abandonReplies(ctx, purged.filter(mayBeLive(ctx)));
    } while (purged.length === PURGE_BATCH);
    await ctx.db.$executeRaw`
      WITH "purged" AS (
        DELETE FROM "Chatroom" WHERE "id" = ${id}::uuid AND "deletedAt" < ${before}::timestamptz
          AND NOT EXISTS (SELECT FROM "Message" WHERE "chatroomId" = ${id}::uuid)
        RETURNING "id", "userId", "changeSeq", "deletedAt"
      )
      INSERT INTO "RoomTombstone" ("roomId", "userId", "seq", "deletedAt")
      SELECT "id", "userId", "changeSeq", "deletedAt" FROM "purged" WHERE "changeSeq" > 0`;
  }
}

/** The deepest first: they have no children, so no statement cascades beyond its batch. Another worker's room is left out. */
const purgeMessages = (ctx: Pick<AppContext, "db">, chatroomId: string, before: Date): Promise<Purged[]> =>
  ctx.db.$queryRaw<Purged[]>`
    WITH "room" AS (
      SELECT "id" FROM "Chatroom" WHERE "id" = ${chatroomId}::uuid AND "deletedAt" < ${before}::timestamptz
      FOR UPDATE SKIP LOCKED
    ), "batch" AS (
      SELECT "message"."id" FROM "room" JOIN "Message" "message" ON "message"."chatroomId" = "room"."id"
      ORDER BY "message"."depth" DESC, "message"."id" DESC LIMIT ${PURGE_BATCH}
    )
    DELETE FROM "Message" USING "batch" WHERE "Message"."id" = "batch"."id"
    RETURNING "Message"."id"::text, "Message"."role", "Message"."status", "Message"."attempt", "Message"."finishedAt"`;

const mayBeLive =
  ({ clock }: Pick<AppContext, "clock">) =>
  ({ role, status, finishedAt }: Purged): boolean =>
    role === "ASSISTANT" &&
    (isRunning(status) ||
      (finishedAt !== null && finishedAt.getTime() > clock.now().getTime() - STREAMING_TTL_S * 1_000));
