import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import type { RoomChange } from "../rooms/room-change.ts";
import { roomChanged } from "../rooms/room-changed.ts";
import { messageAddedTopic } from "./events.ts";

/**
 * The one call after the commit of a message with a new position in its room: one that was sent, a reply that was asked
 * for or has ended. When it returns, the list of rooms shows the message on every process. Watchers of the room are
 * notified in the background.
 *
 * @param message the one with the newest position
 */
export async function messageAdded(
  ctx: Pick<AppContext, "cache" | "pubsub" | "runInBackground">,
  message: Pick<Message, "id" | "chatroomId" | "seq" | "beganSeq">,
  change: RoomChange,
): Promise<void> {
  // First in the pipe: a client that hears of the message finds it in the list.
  const changed = roomChanged(ctx, change);
  const { id, chatroomId } = message;
  const seq = message.seq ?? message.beganSeq;
  if (seq !== null)
    ctx.runInBackground("announce message", ctx.pubsub.publish(messageAddedTopic, chatroomId, { seq, messageId: id }));
  await changed;
}
