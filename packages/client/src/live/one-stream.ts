import { WatchRoom, type RoomMessage, type WatchRoomData } from "../documents.ts";
import type { ReplyText } from "../reply/reply-text.ts";
import type { Subscribe } from "./resuming.ts";
import { addMessage, lastSeen, type RoomMessages } from "../room/room-messages.ts";
import { watchReply, type FinishedReply } from "../watch.ts";

export type OneStream = Readonly<{
  /** Follows a reply, until it has ended, and then the room again. Of two replies the later call counts. */
  followReply(messageId: string): void;
  stop(): void;
}>;

/** `error` gets what ends it for good. */
export type OneStreamWatcher = Readonly<{
  room(state: RoomMessages<RoomMessage>): void;
  reply(state: ReplyText<FinishedReply>): void;
  error(cause: unknown): void;
}>;

/**
 * Follows a room, and the reply that is being written in it, with one subscription at a time: the room waits at its
 * position while the reply is written, and what came meanwhile follows. For event streams over HTTP/1.1, of which a
 * browser has six in all.
 *
 * @param known what a query returned, oldest first; name its `activeReply` to `followReply` if there is one
 */
export function watchOnOneStream(
  live: { subscribe: Subscribe },
  chatroomId: string,
  watcher: OneStreamWatcher,
  known: readonly RoomMessage[] = [],
): OneStream {
  let room: RoomMessages<RoomMessage> = { messages: known, live: true };
  let { after } = lastSeen(known);
  let leave = () => {};

  function followRoom(): void {
    leave();
    leave = live.subscribe<WatchRoomData>(
      { query: WatchRoom, variables: { chatroomId, after } },
      {
        next({ data, extensions }) {
          if (!data) return;
          const position = extensions?.["position"];
          if (typeof position === "string") after = position;
          room = addMessage(room, data.messageAdded, extensions);
          watcher.room(room);
        },
        error: watcher.error,
        complete() {},
      },
    );
  }

  function followReply(messageId: string): void {
    leave();
    leave = watchReply(live, messageId, {
      next(reply) {
        watcher.reply(reply);
        if (reply.message) followRoom();
      },
      error: watcher.error,
    });
  }

  followRoom();
  return { followReply, stop: () => leave() };
}
