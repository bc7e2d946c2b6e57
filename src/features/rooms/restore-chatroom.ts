import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Chatroom } from "../../generated/prisma/client.ts";
import { readId } from "../../platform/input.ts";
import { chatroomColumnsSql } from "../../platform/postgres/columns.ts";
import { roomChanged } from "./room-changed.ts";

/**
 * Brings a deleted room back with all that it had, until DELETE_UNDO has passed. A room that is not deleted stays as it is.
 *
 * @throws {DomainError} `NOT_FOUND`, `BAD_USER_INPUT`
 */
export async function restoreChatroom(
  ctx: Pick<AppContext, "db" | "cache" | "clock" | "config">,
  userId: string,
  chatroomId: string,
): Promise<Chatroom> {
  const id = readId(chatroomId, "id");
  const now = ctx.clock.now();
  const since = new Date(now.getTime() - ctx.config.rooms.deleteUndoMs);
  const [room] = await ctx.db.$queryRaw<Chatroom[]>`
    UPDATE "Chatroom" SET "deletedAt" = NULL, "updatedAt" = ${now}::timestamptz
    WHERE "id" = ${id}::uuid AND "userId" = ${userId}::uuid
      AND ("deletedAt" IS NULL OR "deletedAt" > ${since}::timestamptz)
    RETURNING ${chatroomColumnsSql("Chatroom")}`;
  if (!room) throw new DomainError("NOT_FOUND", "There is no such chatroom.");
  await roomChanged(ctx, userId);
  return room;
}
