import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import { findChatroom } from "../rooms/find-chatroom.ts";
import { findMessage } from "./find-message.ts";
import type { MessagePosition } from "./message-log.ts";
import { positionOf } from "./position-of.ts";

/** The form of a feed's positions; no id has it. */
const POSITION = /^\d{1,9}$/;

/**
 * Checks the ownership of a room and reads the position at which a subscriber starts.
 *
 * @param after the position that came with an event, `0` for the room's beginning, or the id of the last message
 *   seen; a reply that has not ended yet stands for the message it answers
 * @returns `roomId` as it is stored; `position` is null without `after`: from now on
 * @throws {DomainError} `NOT_FOUND`, `BAD_USER_INPUT`
 */
export async function findMessagePosition(
  ctx: Pick<AppContext, "db">,
  userId: string,
  chatroomId: string,
  after: string | null | undefined,
): Promise<{ roomId: string; position: MessagePosition | null }> {
  const { id: roomId } = await findChatroom(ctx, userId, chatroomId, { field: "chatroomId" });
  if (after === null || after === undefined) return { roomId, position: null };
  if (POSITION.test(after)) return { roomId, position: Number(after) };
  const message = await findMessage(ctx, userId, after, "after");
  if (message.chatroomId !== roomId) throw new DomainError("NOT_FOUND", "There is no such message in this chatroom.");
  return { roomId, position: await positionOf(ctx, message) };
}
