import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { Prisma, type Chatroom } from "../../generated/prisma/client.ts";
import { readId } from "../../platform/input.ts";
import { isOwnRoomSql } from "./room-access.ts";
import { roomColumnsSql } from "./room-columns.ts";

/**
 * The user's own room.
 *
 * @param field what the argument with the id is called
 * @param brief whether the columns of `BRIEF` are enough
 * @throws {DomainError} `NOT_FOUND`, also for somebody else's room: existence does not leak; `BAD_USER_INPUT`
 */
export async function findChatroom(
  ctx: Pick<AppContext, "db">,
  userId: string,
  id: string,
  { field = "id", brief = false }: Readonly<{ field?: string; brief?: boolean }> = {},
): Promise<Chatroom> {
  const [room] = await ctx.db.query<Chatroom>(Prisma.sql`
    SELECT ${roomColumnsSql(brief)} FROM "Chatroom"
    WHERE "id" = ${readId(id, field)}::uuid AND ${isOwnRoomSql("Chatroom", userId)}`);
  if (!room) throw new DomainError("NOT_FOUND", "There is no such chatroom.");
  return room;
}
