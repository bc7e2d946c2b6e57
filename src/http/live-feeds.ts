import { createAccountFeeds } from "../features/activity/account-feed.ts";
import type { AppContext } from "../app-context.ts";
import type { LiveFeeds } from "../graphql/context.ts";
import { createMessageFeeds } from "../features/messages/message-feed.ts";
import { createReplyFeeds } from "../features/replies/reply-feed.ts";

/** The live feeds of a process, of which each opens with its first watcher. */
export function createLiveFeeds(app: AppContext): LiveFeeds {
  const accounts = createAccountFeeds(app);
  const messages = createMessageFeeds(app, { running: false });
  const messagesWithRunning = createMessageFeeds(app, { running: true });
  const replies = createReplyFeeds(app, { parts: false });
  const repliesInParts = createReplyFeeds(app, { parts: true });
  const sizes = (part: "feeds" | "watchers") => () => ({
    account: accounts.size()[part],
    messages: messages.size()[part] + messagesWithRunning.size()[part],
    reply: replies.size()[part] + repliesInParts.size()[part],
  });
  app.metrics.gauges("colloquy_feeds", "Logs that this process follows.", { label: "kind", read: sizes("feeds") });
  app.metrics.gauges("colloquy_watchers", "Readers of those logs.", { label: "kind", read: sizes("watchers") });
  return {
    accounts,
    messages,
    messagesWithRunning,
    replies,
    repliesInParts,
    close() {
      accounts.close();
      messages.close();
      messagesWithRunning.close();
      replies.close();
      repliesInParts.close();
    },
  };
}
