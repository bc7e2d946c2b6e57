import {
  WatchReply,
  WatchReplyInParts,
  WatchRoom,
  type ReplyActivity,
  type RoomMessage,
  type WatchReplyData,
  type WatchReplyInPartsData,
  type WatchReplyInPartsVariables,
  type WatchReplyVariables,
  type WatchRoomData,
  type WatchRoomVariables,
} from "./documents.ts";
import { addPartsChunk, NO_PARTS, positionOfParts, type ReplyInParts } from "./reply/reply-parts.ts";
import { addChunk, NO_TEXT, positionOf, type ReplyText } from "./reply/reply-text.ts";
import type { Subscribe } from "./live/resuming.ts";
import { addMessage, lastSeen, type RoomMessages } from "./room/room-messages.ts";

export type FinishedReply = NonNullable<WatchReplyData["replyStream"]["message"]>;
export type { RoomMessage };

/** `error` gets what ends the subscription for good, such as a list with the GraphQL error `NOT_FOUND`. */
export type Watcher<State> = Readonly<{ next(state: State): void; error(cause: unknown): void }>;

/**
 * Follows a reply with nothing but graphql-ws or graphql-sse, until its `message` is there.
 *
 * @param from the text at hand, for example of a page that was shown before
 * @returns what ends it earlier
 */
export function watchReply(
  live: { subscribe: Subscribe },
  messageId: string,
  watcher: Watcher<ReplyText<FinishedReply>>,
  from: ReplyText<FinishedReply> = NO_TEXT,
): () => void {
  let reply = from;
  const variables: WatchReplyVariables = { messageId, ...positionOf(reply) };
  return live.subscribe<WatchReplyData>(
    { query: WatchReply, variables },
    {
      next({ data }) {
        if (!data) return;
        reply = addChunk(reply, data.replyStream);
        watcher.next(reply);
      },
      error: watcher.error,
      complete() {},
    },
  );
}

/**
 * Follows a reply with what the model thinks and does beside writing; `partsOf` says what to show.
 *
 * @returns what ends it earlier
 */
export function watchReplyInParts(
  live: { subscribe: Subscribe },
  messageId: string,
  watcher: Watcher<ReplyInParts<FinishedReply, ReplyActivity>>,
  from: ReplyInParts<FinishedReply, ReplyActivity> = NO_PARTS,
): () => void {
  let reply = from;
  const variables: WatchReplyInPartsVariables = { messageId, ...positionOfParts(reply) };
  return live.subscribe<WatchReplyInPartsData>(
    { query: WatchReplyInParts, variables },
    {
      next({ data }) {
        if (!data) return;
        reply = addPartsChunk(reply, data.replyStream);
        watcher.next(reply);
      },
      error: watcher.error,
      complete() {},
    },
  );
}

/**
 * Follows a room, each message once and in order.
 *
 * @param known what a query returned, oldest first; the messages after it follow, also those from before this call
 * @returns what ends it
 */
export function watchRoom(
  live: { subscribe: Subscribe },
  chatroomId: string,
  watcher: Watcher<RoomMessages<RoomMessage>>,
  known: readonly RoomMessage[] = [],
): () => void {
  let room: RoomMessages<RoomMessage> = { messages: known, live: true };
  const variables: WatchRoomVariables = { chatroomId, ...lastSeen(known) };
  return live.subscribe<WatchRoomData>(
    { query: WatchRoom, variables },
    {
      next({ data, extensions }) {
        if (!data) return;
        room = addMessage(room, data.messageAdded, extensions);
        watcher.next(room);
      },
      error: watcher.error,
      complete() {},
    },
  );
}
