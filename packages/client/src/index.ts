export { createChatClient, type ChatClient, type ChatClientOptions } from "./create-chat-client.ts";
export { ApiError, NetworkError, type Endpoint, type Request } from "./request.ts";
export type { Store } from "./store.ts";
export {
  createMemoryTokens,
  createStorageTokens,
  createStoredTokens,
  type SessionStore,
  type StoredSession,
  type TokenSource,
} from "./session/token-source.ts";
export { createCookieTokens } from "./session/cookie-tokens.ts";
export type { ConnectionState } from "./live/connection.ts";
export type { RoomActions, RoomWatch } from "./room/watch-room.ts";
export type { LiveReply, RoomState } from "./room/room-state.ts";
export type { ShownMessage } from "./room/drafts.ts";
export type { ChatMessage, MessagePart, QueuedMessage, RoomFacts, RoomSummary } from "./room/room-documents.ts";
export type { AccountState, AccountWatch } from "./account/watch-account.ts";
export type { AccountUser } from "./account/account-documents.ts";
export type { ReplyState } from "./reply/reply-watch.ts";
export {
  createAccessTokens,
  createAuthorizedFetch,
  receiveToken,
  SignedOut,
  type AccessToken,
  type AccessTokens,
} from "./session/access-tokens.ts";
export { createRenewal, type RefreshTokenStore } from "./session/renewing.ts";
export { createLiveClient, type LiveClient, type LiveClientOptions } from "./live/web-socket.ts";
export { resuming, type Payload, type Result, type ResumeOptions, type Sink, type Subscribe } from "./live/resuming.ts";
export { judgeEnding, type Verdict } from "./live/endings.ts";
export { addChunk, NO_TEXT, positionOf, type Chunk, type ReplyText } from "./reply/reply-text.ts";
export {
  addPartsChunk,
  NO_PARTS,
  partsOf,
  positionOfParts,
  type Activity,
  type ReplyInParts,
  type Shown,
} from "./reply/reply-parts.ts";
export { addMessage, lastSeen, type RoomMessages } from "./room/room-messages.ts";
export { watchReply, watchReplyInParts, watchRoom, type Watcher } from "./watch.ts";
export {
  OpenRoom,
  RenewTokens,
  WatchReply,
  WatchReplyInParts,
  WatchRoom,
  type ReplyActivity,
  type RoomMessage,
} from "./documents.ts";
export type { MessageStatus, Operation } from "./operation.ts";
