import { z } from "zod";
import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { Prisma, type Chatroom } from "../../generated/prisma/client.ts";
import { Id, readInput } from "../../platform/input.ts";
import { findChatroom } from "../rooms/find-chatroom.ts";
import { changeRead } from "../rooms/change-read.ts";
import { findMessage } from "./find-message.ts";
import { positionOf } from "./position-of.ts";

const MarkReadInput = z.object({ chatroomId: Id, messageId: Id.nullish() });

/**
 * Notes up to which message the user has seen a room. What was seen before stays seen.
 *
 * @returns the room as it is then
 * @throws {DomainError} `NOT_FOUND`, also for a message of another room; `BAD_USER_INPUT`
 */
export async function markRead(
  ctx: AppContext,
  userId: string,
  input: z.input<typeof MarkReadInput>,
): Promise<Chatroom> {
  const { chatroomId, messageId } = readInput(MarkReadInput, input);
  const room = await findChatroom(ctx, userId, chatroomId, { field: "chatroomId" });
  const message = typeof messageId === "string" ? await findMessage(ctx, userId, messageId, "messageId") : null;
  if (message && message.chatroomId !== room.id)
    throw new DomainError("NOT_FOUND", "There is no such message in this chatroom.");
  const seen = message ? await positionOf(ctx, message) : room.seq;
  if (room.readSeq !== null && seen <= room.readSeq) return room;
  // Of a room from before this was stored, all is seen.
  const moved = Prisma.sql`"readSeq" = greatest(${seen}::int, coalesce("Chatroom"."readSeq", "Chatroom"."seq"))`;
  return changeRead(ctx, room, { set: moved, unless: Prisma.sql`"readSeq" >= ${seen}::int` });
}
