import { z } from "zod";
import type { Topic } from "../../platform/redis/pubsub.ts";

const MessageAdded = z.object({ seq: z.int(), messageId: z.uuid() });
export type MessageAdded = z.infer<typeof MessageAdded>;

/** A room's log has a new entry; the key is the room's id. It says that there is news, the database says what. */
export const messageAddedTopic: Topic<MessageAdded> = {
  name: (chatroomId) => `message:added:${chatroomId}`,
  payload: MessageAdded,
};
