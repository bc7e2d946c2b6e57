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
import type { ChatMessage } from "./room/room-documents.ts";
import type { Subscribe } from "./live/resuming.ts";
import { addMessage, lastSeen, type RoomMessages } from "./room/room-messages.ts";

export type FinishedReply = NonNullable<WatchReplyData["replyStream"]["message"]>;
export type { RoomMessage };

/**
 * `error` gets what ends the subscription for good, such as a list with the GraphQL error `NOT_FOUND`; `complete` is called
 * when a room was deleted.
 */
export type Watcher<State> = Readonly<{ next(state: State): void; error(cause: unknown): void; complete?(): void }>;

/**
 * Follows a reply with nothing but a transport that resumes, until its `message` is there.
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
  return follow<WatchReplyData, ReplyText<FinishedReply>>(live, watcher, from, {
    query: WatchReply,
    variables: (reply) => ({ messageId, ...positionOf(reply) }) satisfies WatchReplyVariables,
    add: (reply, { replyStream }) => addChunk(reply, replyStream),
  });
}

/**
 * Follows a reply with what the model thinks and does beside writing; `partsOf` says what to show.
 *
 * @returns what ends it earlier
 */
export function watchReplyInParts(
  live: { subscribe: Subscribe },
  messageId: string,
  watcher: Watcher<ReplyInParts<ChatMessage, ReplyActivity>>,
  from: ReplyInParts<ChatMessage, ReplyActivity> = NO_PARTS,
): () => void {
  return follow<WatchReplyInPartsData, ReplyInParts<ChatMessage, ReplyActivity>>(live, watcher, from, {
    query: WatchReplyInParts,
    variables: (reply) => ({ messageId, ...positionOfParts(reply) }) satisfies WatchReplyInPartsVariables,
    add: (reply, { replyStream }) => addPartsChunk(reply, replyStream),
  });
}

/** How often a reply is asked for again because a chunk did not follow: a server that does so for ever is broken. */
const MAX_HOLES = 3;
const HOLE_WAIT_MS = 200;

/** A chunk that leaves a hole is not joined: the reply is asked for again from where the text ends. */
function follow<Data, State>(
  live: { subscribe: Subscribe },
  watcher: Watcher<State>,
  from: State,
  how: { query: string; variables(state: State): Record<string, unknown>; add(state: State, data: Data): State },
): () => void {
  let state = from;
  let holes = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let leave = () => {};
  const start = () => {
    leave = live.subscribe<Data>(
      { query: how.query, variables: how.variables(state) },
      {
        next({ data }) {
          if (!data) return;
          try {
            state = how.add(state, data);
          } catch (fault) {
            leave();
            holes += 1;
            if (holes > MAX_HOLES) watcher.error(fault);
            else timer = setTimeout(start, HOLE_WAIT_MS * holes);
            return;
          }
          holes = 0;
          watcher.next(state);
        },
        error: watcher.error,
        complete() {},
      },
    );
  };
  start();
  return () => {
    clearTimeout(timer);
    leave();
  };
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
      complete: () => watcher.complete?.(),
    },
  );
}
