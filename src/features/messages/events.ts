import { z } from "zod";
import type { Topic } from "../../platform/redis/pubsub.ts";

const MessageAdded = z.object({ seq: z.int(), messageId: z.uuid().optional() });
export type MessageAdded = z.infer<typeof MessageAdded>;

/** A room's log has a new entry, or the room was deleted, which names no message; the key is the room's id. Subscribers read the entries from the database. */
export const messageAddedTopic: Topic<MessageAdded> = {
  name: (chatroomId) => `message:added:${chatroomId}`,
  payload: MessageAdded,
};
