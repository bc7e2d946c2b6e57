import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Chatroom } from "../../generated/prisma/client.ts";
import { readId } from "../../platform/input.ts";
import { ownRooms } from "./room-access.ts";

/**
 * The user's own room.
 *
 * @param field what the argument with the id is called
 * @throws {DomainError} `NOT_FOUND`, also for somebody else's room: existence does not leak; `BAD_USER_INPUT`
 */
export async function findChatroom(
  ctx: Pick<AppContext, "db">,
  userId: string,
  id: string,
  field = "id",
): Promise<Chatroom> {
  const room = await ctx.db.chatroom.findFirst({ where: { id: readId(id, field), ...ownRooms(userId) } });
  if (!room) throw new DomainError("NOT_FOUND", "There is no such chatroom.");
  return room;
}
