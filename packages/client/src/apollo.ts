import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache, type TypedDocumentNode } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import type { Client } from "graphql-ws";
import { createAuthorizedFetch, type AccessTokens } from "./session/access-tokens.ts";
import * as documents from "./documents.ts";
import type {
  OpenRoomData,
  OpenRoomVariables,
  WatchReplyData,
  WatchReplyVariables,
  WatchRoomData,
  WatchRoomVariables,
} from "./documents.ts";
import { addChunk, NO_TEXT, type ReplyText } from "./reply/reply-text.ts";
import { lastSeen } from "./room/room-messages.ts";
import type { LiveClient } from "./live/web-socket.ts";
import type { FinishedReply, RoomMessage, Watcher } from "./watch.ts";

// In a project whose code generator makes TypedDocumentNodes, as it does by default, the documents need no wrapping.
export const WATCH_REPLY: TypedDocumentNode<WatchReplyData, WatchReplyVariables> = gql(documents.WatchReply);
export const WATCH_ROOM: TypedDocumentNode<WatchRoomData, WatchRoomVariables> = gql(documents.WatchRoom);
export const OPEN_ROOM: TypedDocumentNode<OpenRoomData, OpenRoomVariables> = gql(documents.OpenRoom);
const LIVE_TEXT: TypedDocumentNode<{ content: string; status: string }> = gql`
  fragment LiveText on Message {
    content
    status
  }
`;

/** Resuming happens below Apollo, in the live client: `useSubscription` and `client.subscribe` stay as they are. */
export function createApolloClient(options: { url: string; live: LiveClient; tokens: AccessTokens }): ApolloClient {
  const http = new HttpLink({ uri: options.url, fetch: createAuthorizedFetch(options.tokens) });
  // The link's type asks for the whole client; `subscribe` is what it uses.
  const live = new GraphQLWsLink(options.live as Client);
  return new ApolloClient({
    link: ApolloLink.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, live, http),
    cache: new InMemoryCache(),
  });
}

/**
 * Follows a reply, and keeps the cached `Message.content` at the text so far: whatever shows the message grows.
 *
 * @returns what ends it
 */
export function watchReply(
  apollo: ApolloClient,
  messageId: string,
  watcher: Watcher<ReplyText<FinishedReply>>,
): () => void {
  let reply: ReplyText<FinishedReply> = NO_TEXT;
  // Not in the cache: a chunk is a step, not a state, and Apollo would keep the last one for ever.
  const chunks = apollo.subscribe({ query: WATCH_REPLY, variables: { messageId }, fetchPolicy: "no-cache" });
  const subscription = chunks.subscribe(({ data, error }) => {
    if (error) return watcher.error(error);
    if (!data) return;
    reply = addChunk(reply, data.replyStream);
    apollo.cache.writeFragment({
      id: `Message:${messageId}`,
      fragment: LIVE_TEXT,
      data: { content: reply.text, status: data.replyStream.status },
    });
    watcher.next(reply);
  });
  return () => subscription.unsubscribe();
}

/**
 * Opens a room, and keeps the cached list of its messages up to date, each message in it once.
 *
 * @returns what ends it, once the room is there
 */
export async function watchRoom(
  apollo: ApolloClient,
  chatroomId: string,
  watcher: Watcher<readonly RoomMessage[]>,
): Promise<() => void> {
  const opened = { query: OPEN_ROOM, variables: { chatroomId } };
  const { data } = await apollo.query({ ...opened, fetchPolicy: "network-only" });
  const messages = apollo.subscribe({
    query: WATCH_ROOM,
    variables: { chatroomId, ...lastSeen(messagesOf(data)) },
    fetchPolicy: "no-cache",
  });
  const subscription = messages.subscribe(({ data: added, error }) => {
    if (error) return watcher.error(error);
    if (!added) return;
    watcher.next(messagesOf(apollo.cache.updateQuery(opened, (room) => withMessage(room, added.messageAdded))));
  });
  return () => subscription.unsubscribe();
}

/** The room with the message in its place, the last one; one that is there already moves. */
function withMessage(room: OpenRoomData | null, message: RoomMessage): OpenRoomData | undefined {
  if (!room?.chatroom) return undefined;
  const { messages } = room.chatroom;
  const others = messages.edges.filter((edge) => edge.node.id !== message.id);
  const edge = { __typename: "MessageEdge", cursor: message.id, node: message };
  return { chatroom: { ...room.chatroom, messages: { ...messages, edges: [...others, edge] } } };
}

function messagesOf(room: OpenRoomData | null | undefined): RoomMessage[] {
  return room?.chatroom?.messages.edges.map((edge) => edge.node) ?? [];
}
