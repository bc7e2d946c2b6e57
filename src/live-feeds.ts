import type { AppContext } from "./app-context.ts";
import { createMessageFeeds, type MessageFeeds } from "./chat/message-feed.ts";
import { createReplyFeeds, type ReplyFeeds } from "./replies/reply-feed.ts";

/** What an API process follows live, shared by all its requests and sockets. */
export type LiveFeeds = Readonly<{ messages: MessageFeeds; replies: ReplyFeeds; close(): void }>;

export function createLiveFeeds(app: AppContext): LiveFeeds {
  const messages = createMessageFeeds(app);
  const replies = createReplyFeeds(app);
  return {
    messages,
    replies,
    close() {
      messages.close();
      replies.close();
    },
  };
}
