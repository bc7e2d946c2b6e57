import type { ConnectionState } from "../live/connection.ts";
import type { ReplyActivity } from "../documents.ts";
import type { ShownMessage } from "./drafts.ts";
import type { ChatMessage, QueuedMessage, QueuePause, RoomFacts } from "./room-documents.ts";

/** A reply that is pending or being written. `partsOf` says in which order to show its text, thoughts and activities. */
export type LiveReply = Readonly<{
  /** Of the message in `messages`, whose `content` is older than `text`. */
  id: string;
  text: string;
  thought: string;
  activities: readonly ReplyActivity[];
  status: string;
  waitingFor: string | null;
}>;

/** A room as it is to be shown. Never changed, only replaced; `messages` stays the same while a reply is being written. */
export type RoomState = Readonly<{
  status: "loading" | "ready" | "missing";
  title: string;
  /** All of the room but its messages; null while it is loading. */
  room: RoomFacts | null;
  /** The active branch, oldest first, with the messages that are on their way (`SENDING`, `NOT_SENT`). */
  messages: readonly ShownMessage[];
  hasOlder: boolean;
  live: LiveReply | null;
  queue: readonly QueuedMessage[];
  queuePausedBecause: QueuePause | null;
  connection: ConnectionState;
  /** What ended the watching for good, such as `SignedOut`; null otherwise. */
  error: unknown;
}>;

export const LOADING: RoomState = {
  status: "loading",
  title: "",
  room: null,
  messages: [],
  hasOlder: false,
  live: null,
  queue: [],
  queuePausedBecause: null,
  connection: "connecting",
  error: null,
};

export const liveOf = (message: ChatMessage): LiveReply => ({
  id: message.id,
  text: message.content,
  thought: "",
  activities: [],
  status: message.status,
  waitingFor: message.waitingFor,
});
