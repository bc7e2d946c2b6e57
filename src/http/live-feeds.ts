import { createAccountFeeds } from "../features/activity/account-feed.ts";
import type { AppContext } from "../app-context.ts";
import type { FeedSize } from "../platform/feed/feed.ts";
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
  const hubs = { account: [accounts], messages: [messages, messagesWithRunning], reply: [replies, repliesInParts] };
  const watch = (name: string, help: string, sum: (sizes: readonly FeedSize[]) => number) =>
    app.metrics.gauges(name, help, {
      label: "kind",
      read: () =>
        Object.fromEntries(Object.entries(hubs).map(([kind, each]) => [kind, sum(each.map((hub) => hub.size()))])),
    });
  const total = (part: "feeds" | "watchers" | "behind") => (sizes: readonly FeedSize[]) =>
    sizes.reduce((sum, size) => sum + size[part], 0);
  watch("colloquy_feeds", "Logs that this process follows.", total("feeds"));
  watch("colloquy_watchers", "Readers of those logs.", total("watchers"));
  watch("colloquy_watchers_behind", "Readers that have something to take.", total("behind"));
  watch("colloquy_watcher_lag_seconds", "How long the last of them has had it.", (sizes) =>
    Math.max(...sizes.map(({ lagMs }) => lagMs / 1_000)),
  );
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
