import type { AppContext } from "../app-context.ts";
import { DomainError } from "../errors.ts";
import type { Chatroom } from "../generated/prisma/client.ts";
import { Id, readInput } from "../platform/input.ts";
import { z } from "zod";

/**
 * The user's own room.
 *
 * @throws {DomainError} `NOT_FOUND`, also for somebody else's room: existence does not leak
 */
export async function findChatroom(ctx: Pick<AppContext, "db">, userId: string, id: string): Promise<Chatroom> {
  const valid = readInput(z.object({ id: Id }), { id });
  const room = await ctx.db.chatroom.findFirst({ where: { id: valid.id, userId, deletedAt: null } });
  if (!room) throw new DomainError("NOT_FOUND", "There is no such chatroom.");
  return room;
}
