import { DomainError } from "../../errors.ts";
import type { Feed, FeedLog, Step } from "./feed-replica.ts";
import { iterate, type LiveSource } from "./live-source.ts";

/** One reader's place in a feed. A slow reader gets fewer, larger events. */
export interface FeedCursor<Event> extends LiveSource<Event>, AsyncIterable<Event> {
  /** Whether the event just taken has brought the reader up to date: catching up ends there, and live begins. */
  readonly live: boolean;
  /** Where the reader stands after it, if the kind of feed gives its positions names. */
  readonly position: string | undefined;
}

/** What a cursor asks of the kind of log it reads. */
export interface CursorKind<Position, Event> {
  /** Reads a bounded page for a reader that is behind the log. */
  readPage(key: string, position: Position): Promise<readonly Step<Position, Event>[]>;
  /** A position as clients get it with an event, and hand it in again; without it they can tell it from the event. */
  namePosition?(position: Position): string;
}

const RETRY_AFTER_S = 2;
const nobody = () => {};

export class Cursor<Position, Event, Wire, State extends FeedLog<Position, Event, Wire>> implements FeedCursor<Event> {
  ended = false;
  readonly owner: string | undefined;
  readonly #kind: CursorKind<Position, Event>;
  readonly #key: string;
  readonly #feed: Feed<Position, Event, Wire, State>;
  #position: Position | null;
  /** What was read from the store for this reader alone, the next last. */
  #page: Step<Position, Event>[] = [];
  /** The feed is being opened, or a page read. */
  #waits = false;
  /** Since when something has been there that the reader has not taken; null when it is up to date. */
  #behindSince: number | null = null;
  #failure: DomainError | undefined;
  #listener: () => void = nobody;

  /** @param reader.from where the reader stands; null for "from now on" */
  constructor(
    kind: CursorKind<Position, Event>,
    key: string,
    feed: Feed<Position, Event, Wire, State>,
    reader: { from: Position | null; owner?: string | undefined },
  ) {
    this.#kind = kind;
    this.#key = key;
    this.#feed = feed;
    this.#position = reader.from;
    this.owner = reader.owner;
    feed.join(this);
    void this.#waitFor(feed.opened());
  }

  get behindMs(): number {
    return this.#behindSince === null ? 0 : performance.now() - this.#behindSince;
  }

  get live(): boolean {
    return this.#page.length === 0 && this.#position !== null && this.#feed.state.next(this.#position) === undefined;
  }

  get position(): string | undefined {
    return this.#position === null ? undefined : this.#kind.namePosition?.(this.#position);
  }

  /** @throws {DomainError} `UNAVAILABLE`, once, when the feed cannot be opened or read */
  take(): Event | undefined {
    if (this.#failure) {
      const failure = this.#failure;
      this.#failure = undefined;
      throw failure;
    }
    const step = this.#step();
    if (!step) {
      if (!this.#waits) this.#behindSince = null;
      return undefined;
    }
    this.#position = step.position;
    return step.event;
  }

  onNews(listener: () => void): void {
    this.#listener = listener;
  }

  /** Called by the feed when it has changed. */
  wake(): void {
    this.#behindSince ??= performance.now();
    if (!this.#waits) this.#listener();
  }

  close(): void {
    if (this.ended) return;
    this.#end();
    this.#listener();
  }

  [Symbol.asyncIterator](): AsyncIterator<Event> {
    return iterate(this, (event) => event);
  }

  #end(): void {
    this.ended = true;
    this.#feed.leave(this);
  }

  #step(): Step<Position, Event> | undefined {
    if (this.ended || this.#waits) return undefined;
    const { state, closed } = this.#feed;
    if (closed) {
      this.#end();
      return undefined;
    }
    const ahead = this.#page.pop();
    if (ahead) return ahead;
    this.#position ??= state.now();
    const next = state.next(this.#position);
    if (next === "behind") return void this.#waitFor(this.#turnPage(this.#position));
    if (!next && state.ended) this.#end();
    return next;
  }

  async #turnPage(position: Position): Promise<void> {
    const head = this.#feed.state.now();
    this.#page = (await this.#kind.readPage(this.#key, position)).toReversed();
    // The store holds nothing more, up to where the log stood before it was asked.
    if (this.#page.length === 0) this.#position = head;
  }

  async #waitFor(done: Promise<void>): Promise<void> {
    this.#waits = true;
    this.#behindSince ??= performance.now();
    try {
      await done;
    } catch (error) {
      if (this.ended) return;
      this.#failure =
        error instanceof DomainError
          ? error
          : new DomainError("UNAVAILABLE", "Live delivery is unavailable for a moment.", { retryAfter: RETRY_AFTER_S });
      this.#end();
    }
    this.#waits = false;
    this.#listener();
  }
}
