import { z } from "zod";
import type { AppContext } from "../app-context.ts";
import { DomainError } from "../errors.ts";
import type { Message } from "../generated/prisma/client.ts";
import { Id, readInput } from "../platform/input.ts";

/**
 * A message in one of the user's own rooms.
 *
 * @throws {DomainError} `NOT_FOUND`, also for somebody else's message
 */
export async function findMessage(ctx: Pick<AppContext, "db">, userId: string, id: string): Promise<Message> {
  const valid = readInput(z.object({ id: Id }), { id });
  const message = await ctx.db.message.findFirst({
    where: { id: valid.id, chatroom: { userId, deletedAt: null } },
  });
  if (!message) throw new DomainError("NOT_FOUND", "There is no such message.");
  return message;
}
