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
  type MessageStatus,
  type Operation,
  type ReplyActivity,
  type RoomMessage,
} from "./documents.ts";
