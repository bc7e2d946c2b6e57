import { cacheExchange, Client, fetchExchange, gql, subscriptionExchange, type TypedDocumentNode } from "@urql/core";
import { createAuthorizedFetch, type AccessTokens } from "./session/access-tokens.ts";
import * as documents from "./documents.ts";
import type { WatchReplyData, WatchReplyVariables, WatchRoomData, WatchRoomVariables } from "./documents.ts";
import { addChunk, NO_TEXT, type ReplyText } from "./reply/reply-text.ts";
import type { Subscribe } from "./live/resuming.ts";
import { addMessage, lastSeen, type RoomMessages } from "./room/room-messages.ts";
import type { FinishedReply, RoomMessage, Watcher } from "./watch.ts";

// In a project whose code generator makes TypedDocumentNodes, as it does by default, the documents need no wrapping.
export const WATCH_REPLY: TypedDocumentNode<WatchReplyData, WatchReplyVariables> = gql(documents.WatchReply);
export const WATCH_ROOM: TypedDocumentNode<WatchRoomData, WatchRoomVariables> = gql(documents.WatchRoom);

/** Resuming happens below urql, in the live client: `useSubscription` and `client.subscription` stay as they are. */
export function createUrqlClient(options: {
  url: string;
  live: { subscribe: Subscribe };
  tokens: AccessTokens;
}): Client {
  return new Client({
    url: options.url,
    fetch: createAuthorizedFetch(options.tokens),
    preferGetMethod: false,
    exchanges: [
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = "", variables = {} }) => ({
          subscribe: (sink) => ({ unsubscribe: options.live.subscribe({ query, variables }, sink) }),
        }),
      }),
    ],
  });
}

/**
 * Follows a reply. With urql's hooks: `useSubscription({ query, variables }, (reply = NO_TEXT, data) =>
 * addChunk(reply, data.replyStream))`.
 *
 * @returns what ends it
 */
export function watchReply(urql: Client, messageId: string, watcher: Watcher<ReplyText<FinishedReply>>): () => void {
  let reply: ReplyText<FinishedReply> = NO_TEXT;
  const chunks = urql.subscription(WATCH_REPLY, { messageId });
  const subscription = chunks.subscribe(({ data, error, hasNext }) => {
    // With an error, and at the end, urql hands the last event over once more.
    if (error) return watcher.error(error);
    if (!data || !hasNext) return;
    reply = addChunk(reply, data.replyStream);
    watcher.next(reply);
  });
  return () => subscription.unsubscribe();
}

/**
 * Follows a room, each message once and in order.
 *
 * @param known what a query returned, oldest first; the messages after it follow, also those from before this call
 * @returns what ends it
 */
export function watchRoom(
  urql: Client,
  chatroomId: string,
  watcher: Watcher<RoomMessages<RoomMessage>>,
  known: readonly RoomMessage[] = [],
): () => void {
  let room: RoomMessages<RoomMessage> = { messages: known, live: true };
  const messages = urql.subscription(WATCH_ROOM, { chatroomId, ...lastSeen(known) });
  const subscription = messages.subscribe(({ data, error, extensions, hasNext }) => {
    if (error) return watcher.error(error);
    if (!data || !hasNext) return;
    room = addMessage(room, data.messageAdded, extensions);
    watcher.next(room);
  });
  return () => subscription.unsubscribe();
}
