import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Message } from "../../generated/prisma/client.ts";
import { readId } from "../../platform/input.ts";
import { ownRooms } from "../rooms/room-access.ts";
import { findQueued, toMessage } from "./queued-message.ts";

/**
 * A message in one of the user's own rooms; one in a queue is none yet.
 *
 * @param field what the argument with the id is called
 * @throws {DomainError} `NOT_FOUND`, also for somebody else's message; `BAD_USER_INPUT`
 */
export async function findMessage(
  ctx: Pick<AppContext, "db">,
  userId: string,
  id: string,
  field = "id",
): Promise<Message> {
  const message = await ctx.db.message.findFirst({
    where: { id: readId(id, field), chatroom: ownRooms(userId) },
  });
  if (!message) throw new DomainError("NOT_FOUND", "There is no such message.");
  return message;
}

/**
 * The same, also for a message in a queue.
 *
 * @throws {DomainError} as `findMessage`
 */
export async function findAnyMessage(ctx: Pick<AppContext, "db">, userId: string, id: string): Promise<Message> {
  // In this order: a message that is taken up in between is found.
  const queued = await findQueued(ctx, userId, readId(id, "id"));
  return queued ? toMessage(queued) : findMessage(ctx, userId, id);
}
