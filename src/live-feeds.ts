import { createAccountFeeds, type AccountFeeds } from "./account-feed/account-feed.ts";
import type { AppContext } from "./app-context.ts";
import { createMessageFeeds, type MessageFeeds } from "./chat/message-feed.ts";
import { createReplyFeeds, type ReplyFeeds } from "./replies/reply-feed.ts";

/** What an API process follows live, shared by all its requests and sockets. */
export type LiveFeeds = Readonly<{
  accounts: AccountFeeds;
  messages: MessageFeeds;
  replies: ReplyFeeds;
  close(): void;
}>;

export function createLiveFeeds(app: AppContext): LiveFeeds {
  const accounts = createAccountFeeds(app);
  const messages = createMessageFeeds(app);
  const replies = createReplyFeeds(app);
  return {
    accounts,
    messages,
    replies,
    close() {
      accounts.close();
      messages.close();
      replies.close();
    },
  };
}
