import { Cursor, type CursorKind, type FeedCursor } from "./feed-cursor.ts";
import { Feed, type FeedLog } from "./feed-replica.ts";
import type { Logger } from "../logger.ts";
import type { PubSub, Topic } from "../redis/pubsub.ts";

export type { FeedCursor } from "./feed-cursor.ts";
export type { FeedLog, Step } from "./feed-replica.ts";

/** What is particular to one kind of log. The functions that take `keys` answer for all of them at once. */
export interface FeedKind<Position, Event, Wire, State extends FeedLog<Position, Event, Wire>> extends CursorKind<
  Position,
  Event
> {
  readonly name: string;
  /** The channels that announce changes of a log; there may be several. */
  readonly topics: readonly Topic<Wire>[];
  createLog(key: string): State;
  /** Brings the log up to what the store holds. */
  read(key: string, log: State): Promise<void>;
  /** Names the logs that lack something the store has. */
  findStale(logs: ReadonlyMap<string, State>): Promise<readonly string[]>;
}

/**
 * All feeds of one kind in this process. A feed is an ordered log with a position, read as: subscribe,
 * wait for Redis' acknowledgement, read what the store holds, then go live. There is one feed a log,
 * however many watch it; a watcher is only a cursor. Pub/sub may drop, double or delay: a message at a
 * known position is ignored, a gap is read again, and after a reconnect, or in silence, the position
 * is compared with the store's.
 */
export type FeedHub<Position, Event> = Readonly<{
  /**
   * Follows one log, until the cursor is closed.
   *
   * @param from where the reader stands; null for "from now on"
   * @param owner on whose behalf, for `watching` to count
   */
  watch(key: string, from: Position | null, owner?: string): FeedCursor<Event>;
  /** How many cursors of this process stand in one log: those of one owner, and all. */
  watching(key: string, owner: string): { own: number; all: number };
  /** How many logs this process follows, and how many cursors stand in them. */
  size(): FeedSize;
  /** Ends every cursor. */
  close(): void;
}>;

/** `behind`: cursors that have something to take; `lagMs`: how long the last of them has had it. */
export type FeedSize = Readonly<{ feeds: number; watchers: number; behind: number; lagMs: number }>;

/** A lost message shows, at the latest, within two of these. */
const CHECK_INTERVAL_MS = 2_000;
/** Logs that are compared with the store at once: the process does other work in between. */
const CHECKED_AT_ONCE = 500;

export function createFeedHub<Position, Event, Wire, State extends FeedLog<Position, Event, Wire>>(
  kind: FeedKind<Position, Event, Wire, State>,
  deps: { pubsub: PubSub; logger: Logger },
): FeedHub<Position, Event> {
  type Replica = Feed<Position, Event, Wire, State>;
  const feeds = new Map<string, Replica>();
  let checking = false;

  async function check(chosen: (feed: Replica) => boolean): Promise<void> {
    if (checking) return;
    checking = true;
    const suspects: string[] = [];
    for (const [key, feed] of feeds) if (chosen(feed)) suspects.push(key);
    try {
      while (suspects.length > 0) await checkThese(suspects.splice(0, CHECKED_AT_ONCE));
    } catch (error) {
      deps.logger.warn({ err: error, kind: kind.name, feeds: suspects.length }, "could not check the feeds");
    } finally {
      checking = false;
    }
  }

  async function checkThese(keys: readonly string[]): Promise<void> {
    const suspects = new Map<string, Replica>();
    const logs = new Map<string, State>();
    for (const key of keys) {
      const feed = feeds.get(key);
      if (!feed) continue;
      suspects.set(key, feed);
      logs.set(key, feed.state);
    }
    const stale = await kind.findStale(logs);
    await Promise.all(stale.map(async (key) => suspects.get(key)?.refresh()));
  }

  const timer = setInterval(() => void check((feed) => feed.isSuspect()), CHECK_INTERVAL_MS);
  timer.unref();
  deps.pubsub.onReconnect(() => void check(() => true));

  function feedOf(key: string): Replica {
    const known = feeds.get(key);
    if (known && !(known.state.ended && known.state.mayResume)) return known;
    const feed: Replica = new Feed({
      state: kind.createLog(key),
      read: (log) => kind.read(key, log),
      subscribe: (listener) => subscribeToAll(deps.pubsub, kind.topics, key, listener),
      onClose: () => feeds.get(key) === feed && feeds.delete(key),
      onError: (error) => deps.logger.warn({ err: error, kind: kind.name, key }, "could not read a feed"),
    });
    feeds.set(key, feed);
    return feed;
  }

  return {
    watch: (key, from, owner) => new Cursor(kind, key, feedOf(key), { from, owner }),
    watching(key, owner) {
      const feed = feeds.get(key);
      return { own: feed?.watchersOf(owner) ?? 0, all: feed?.watchers ?? 0 };
    },
    size() {
      let [watchers, behind, lagMs] = [0, 0, 0];
      for (const feed of feeds.values()) {
        const lag = feed.lag();
        watchers += feed.watchers;
        behind += lag.behind;
        lagMs = Math.max(lagMs, lag.lagMs);
      }
      return { feeds: feeds.size, watchers, behind, lagMs };
    },
    close() {
      clearInterval(timer);
      for (const feed of feeds.values()) feed.close();
    },
  };
}

/** @throws what one of the subscriptions throws; then none is left */
async function subscribeToAll<Wire>(
  pubsub: PubSub,
  topics: readonly Topic<Wire>[],
  key: string,
  listener: (wire: Wire) => void,
): Promise<() => void> {
  const subscribed = await Promise.allSettled(topics.map((topic) => pubsub.subscribe(topic, key, listener)));
  const unsubscribe = () => {
    for (const each of subscribed) if (each.status === "fulfilled") each.value();
  };
  const failed = subscribed.find((each) => each.status === "rejected");
  if (!failed) return unsubscribe;
  unsubscribe();
  throw failed.reason;
}
