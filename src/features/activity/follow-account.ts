import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { FeedCursor } from "../../platform/feed/feed.ts";
import type { AccountFeeds } from "./account-feed.ts";
import type { AccountFeedEvent } from "./account-log.ts";
import { findAccountPosition } from "./find-account-position.ts";

/**
 * Followers of an account in one process. An app has one for each window. Those of one session with the same document
 * share the reads of an event.
 */
const MAX_FOLLOWERS = { session: 50, account: 200 } as const;

/**
 * Follows what happens to an account.
 *
 * @param after the position that came with an event
 * @throws {DomainError} `BAD_USER_INPUT` for anything but a position; `RATE_LIMITED` when there are too many
 *   followers
 */
export async function followAccount(
  ctx: Pick<AppContext, "db">,
  feeds: AccountFeeds,
  { userId, sessionId }: Readonly<{ userId: string; sessionId: string }>,
  after: string | null | undefined,
): Promise<FeedCursor<AccountFeedEvent>> {
  const position = await findAccountPosition(ctx, userId, after);
  const { own, all } = feeds.watching(userId, sessionId);
  if (own >= MAX_FOLLOWERS.session || all >= MAX_FOLLOWERS.account) {
    const message = `A session follows its account ${MAX_FOLLOWERS.session} times at most, all of them ${MAX_FOLLOWERS.account} times.`;
    throw new DomainError("RATE_LIMITED", message, { retryAfter: 1 });
  }
  return feeds.watch(userId, position, sessionId);
}
