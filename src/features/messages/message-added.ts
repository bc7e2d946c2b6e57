import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import type { RoomChange } from "../rooms/room-change.ts";
import { roomChanged } from "../rooms/room-changed.ts";
import { messageAddedTopic } from "./events.ts";

/**
 * The one call after the commit of a message with a new position in its room. When it returns, the list of rooms
 * shows the message on every process. Watchers of the room are notified in the background.
 */
export async function messageAdded(
  ctx: Pick<AppContext, "cache" | "pubsub" | "runInBackground">,
  { id, chatroomId, seq }: Pick<Message, "id" | "chatroomId" | "seq">,
  change: RoomChange,
): Promise<void> {
  // First in the pipe: a client that hears of the message finds it in the list.
  const changed = roomChanged(ctx, change);
  if (seq !== null)
    ctx.runInBackground("announce message", ctx.pubsub.publish(messageAddedTopic, chatroomId, { seq, messageId: id }));
  await changed;
}
