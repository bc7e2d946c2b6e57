import type { ChatContext } from "../chat-context.ts";
import type { ReplyActivity } from "../documents.ts";
import type { ChatMessage } from "../room/room-documents.ts";
import { createStore, createValue, type Store } from "../store.ts";
import { watchReplyInParts } from "../watch.ts";
import { NO_PARTS, type ReplyInParts } from "./reply-parts.ts";

/** A reply as it is written. `message` is the finished one; `error` what ended the watching for good. */
export type ReplyState = ReplyInParts<ChatMessage, ReplyActivity> & Readonly<{ error: unknown }>;

/** Follows one reply, wherever it is. A listener that comes later goes on where the last one left. */
export function createReplyWatch({ live }: ChatContext, messageId: string): Store<ReplyState> {
  const value = createValue<ReplyState>({ ...NO_PARTS, error: null });
  return createStore(value, () => {
    const { error: _, ...from } = value.getSnapshot();
    if (from.message) return () => {};
    return watchReplyInParts(
      live,
      messageId,
      {
        next: (reply) => value.set({ ...reply, error: null }),
        error: (error) => value.set({ ...value.getSnapshot(), error }),
      },
      from,
    );
  });
}
