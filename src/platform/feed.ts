import { DomainError } from "../errors.ts";
import { Feed, type FeedLog, type Step } from "./feed-replica.ts";
import type { Log } from "./log.ts";
import type { PubSub, Topic } from "./pubsub.ts";

export type { FeedLog, Step } from "./feed-replica.ts";

/** What is particular to one kind of log. The functions that take `keys` answer for all of them at once. */
export interface FeedKind<Position, Event, Wire, State extends FeedLog<Position, Event, Wire>> {
  readonly name: string;
  readonly topic: Topic<Wire>;
  createLog(key: string): State;
  /** Brings the log up to what the store holds. */
  read(key: string, log: State): Promise<void>;
  /** Reads a bounded page for a reader that is behind the log. */
  readPage(key: string, position: Position): Promise<readonly Step<Position, Event>[]>;
  /** A position as clients get it with an event, and hand it in again; without it they can tell it from the event. */
  namePosition?(position: Position): string;
  /** Names the logs that lack something the store has. */
  findStale(logs: ReadonlyMap<string, State>): Promise<readonly string[]>;
}

/** Ends cleanly with `return()`, also while a `next()` is waiting, which a generator would not. */
export type FeedIterator<Event> = AsyncIterableIterator<Event> & {
  return(): Promise<IteratorResult<Event>>;
  /** Whether the event just taken has brought the reader up to date: catching up ends there, and live begins. */
  readonly live: boolean;
  /** Where the reader stands after it, if the kind of feed gives its positions names. */
  readonly position: string | undefined;
};

/**
 * All feeds of one kind in this process. A feed is an ordered log with a position, read as: subscribe,
 * wait for Redis' acknowledgement, read what the store holds, then go live. There is one feed a log,
 * however many watch it; a watcher is only a cursor. Pub/sub may drop, double or delay: a message at a
 * known position is ignored, a gap is read again, and after a reconnect, or in silence, the position
 * is compared with the store's.
 */
export type FeedHub<Position, Event> = Readonly<{
  /**
   * Follows one log. The iterator holds no queue: a slow reader gets fewer, larger events.
   *
   * @param from where the reader stands; null for "from now on"
   * @throws {DomainError} `UNAVAILABLE` from the first `next()` when the feed cannot be opened
   */
  watch(key: string, from: Position | null): FeedIterator<Event>;
  /** How many logs this process follows, and how many cursors stand in them. */
  size(): { feeds: number; watchers: number };
  /** Ends every iterator. */
  close(): void;
}>;

/** A lost message shows, at the latest, within two of these. */
const CHECK_INTERVAL_MS = 2_000;
const RETRY_AFTER_S = 2;

export function createFeedHub<Position, Event, Wire, State extends FeedLog<Position, Event, Wire>>(
  kind: FeedKind<Position, Event, Wire, State>,
  deps: { pubsub: PubSub; log: Log; checkIntervalMs?: number },
): FeedHub<Position, Event> {
  type Replica = Feed<Position, Event, Wire, State>;
  const feeds = new Map<string, Replica>();
  let checking = false;

  async function check(chosen: (feed: Replica) => boolean): Promise<void> {
    if (checking) return;
    const suspects = new Map([...feeds].filter(([, feed]) => chosen(feed)));
    if (suspects.size === 0) return;
    checking = true;
    try {
      const logs = new Map([...suspects].map(([key, feed]) => [key, feed.state]));
      const stale = await kind.findStale(logs);
      await Promise.all(stale.map(async (key) => suspects.get(key)?.refresh()));
    } catch (error) {
      deps.log.warn({ err: error, kind: kind.name, feeds: suspects.size }, "could not check the feeds");
    } finally {
      checking = false;
    }
  }

  const timer = setInterval(() => void check((feed) => feed.isSuspect()), deps.checkIntervalMs ?? CHECK_INTERVAL_MS);
  timer.unref();
  deps.pubsub.onReconnect(() => void check(() => true));

  function feedOf(key: string): Replica {
    const known = feeds.get(key);
    if (known && !(known.state.ended && known.state.mayResume)) return known;
    const feed: Replica = new Feed({
      state: kind.createLog(key),
      read: (log) => kind.read(key, log),
      subscribe: (listener) => deps.pubsub.subscribe(kind.topic, key, listener),
      onClose: () => feeds.get(key) === feed && feeds.delete(key),
      onError: (error) => deps.log.warn({ err: error, kind: kind.name, key }, "could not read a feed"),
    });
    feeds.set(key, feed);
    return feed;
  }

  return {
    watch: (key, from) => createCursor(kind, key, feedOf(key), from),
    size: () => ({ feeds: feeds.size, watchers: [...feeds.values()].reduce((sum, feed) => sum + feed.watchers, 0) }),
    close() {
      clearInterval(timer);
      for (const feed of feeds.values()) feed.close();
    },
  };
}

/** One reader's place in a feed. */
function createCursor<Position, Event, Wire, State extends FeedLog<Position, Event, Wire>>(
  kind: FeedKind<Position, Event, Wire, State>,
  key: string,
  feed: Feed<Position, Event, Wire, State>,
  from: Position | null,
): FeedIterator<Event> {
  let position = from;
  let page: Step<Position, Event>[] = [];
  let closed = false;
  feed.join();

  function leave(): void {
    if (closed) return;
    closed = true;
    feed.leave();
  }

  async function step(): Promise<Step<Position, Event> | undefined> {
    while (!closed && !feed.closed) {
      const ahead = page.shift();
      if (ahead) return ahead;
      position ??= feed.state.now();
      const next = feed.state.next(position);
      if (next === "behind") {
        const head = feed.state.now();
        page = [...(await kind.readPage(key, position))];
        // The store holds nothing more, up to where the log stood before it was asked.
        if (page.length === 0) position = head;
      } else if (next) return next;
      else if (feed.state.ended) return undefined;
      else await feed.news();
    }
    return undefined;
  }

  return {
    get live() {
      return page.length === 0 && position !== null && feed.state.next(position) === undefined;
    },
    get position() {
      return position === null ? undefined : kind.namePosition?.(position);
    },
    async next() {
      try {
        if (!closed) await feed.opened();
        const taken = await step();
        if (taken && !closed) {
          position = taken.position;
          return { done: false, value: taken.event };
        }
      } catch (error) {
        leave();
        throw error instanceof DomainError
          ? error
          : new DomainError("UNAVAILABLE", "Live delivery is away for a moment.", { retryAfter: RETRY_AFTER_S });
      }
      leave();
      return { done: true, value: undefined };
    },
    async return() {
      leave();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
