import type { AppContext } from "../../app-context.ts";
import type { Message } from "../../generated/prisma/client.ts";
import { messageAddedTopic } from "./events.ts";

/** Tells those who watch the room that its log has grown. */
export async function announceMessage(
  ctx: Pick<AppContext, "pubsub">,
  message: Pick<Message, "id" | "chatroomId" | "seq">,
): Promise<void> {
  if (message.seq === null) return;
  await ctx.pubsub.publish(messageAddedTopic, message.chatroomId, { seq: message.seq, messageId: message.id });
}
