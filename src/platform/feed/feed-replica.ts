/** An event, and where a reader stands after it. */
export type Step<Position, Event> = Readonly<{ event: Event; position: Position }>;

/** A process's copy of a log: pure state, no I/O. */
export interface FeedLog<Position, Event, Wire> {
  /** Nothing will follow what the log holds, for those who read it now. */
  readonly ended: boolean;
  /** Whether an ended log may resume: later readers then read it again. */
  readonly mayResume: boolean;
  /** Takes in what was heard live. `gap`: something is missing before it, or the store must be read for the rest. */
  apply(wire: Wire): "applied" | "seen" | "gap";
  /** The position of a reader that wants only what is still to come. */
  now(): Position;
  /**
   * What a reader at this position gets next: nothing when it is up to date, `behind` when the log no
   * longer reaches back to it.
   */
  next(position: Position): Step<Position, Event> | "behind" | undefined;
}

/** What ties a replica to its store and its channel. */
export type FeedLinks<Wire, State> = Readonly<{
  state: State;
  read: (state: State) => Promise<void>;
  /** Resolves once the subscription is acknowledged, with what ends it. */
  subscribe: (listener: (wire: Wire) => void) => Promise<() => void>;
  onClose: () => void;
  onError: (error: unknown) => void;
}>;

/** Who is to hear that a feed has changed. */
export interface Watcher {
  /** On whose behalf it watches, where that is counted. */
  readonly owner: string | undefined;
  /** How long something has been waiting for it to take, in milliseconds; 0 when it is up to date. */
  readonly behindMs: number;
  wake(): void;
}

/** Live messages kept while the store is being read; past it the store is simply read again. */
const MAX_HELD = 1_000;

/** One log as this process follows it, shared by all who watch it here; it closes with the last of them. */
export class Feed<Position, Event, Wire, State extends FeedLog<Position, Event, Wire>> {
  readonly state: State;
  closed = false;
  readonly #links: FeedLinks<Wire, State>;
  readonly #watchers = new Set<Watcher>();
  #opening: Promise<void> | undefined;
  #unsubscribe: (() => void) | undefined;
  #live = false;
  #reading: Promise<void> | undefined;
  /** What is heard while the store is read; undefined while nothing is being read. */
  #held: Wire[] | undefined;
  #readAgain = false;
  #suspect = false;
  #heard = false;
  /** The last question was answered with yes. */
  #compared = false;

  constructor(links: FeedLinks<Wire, State>) {
    this.#links = links;
    this.state = links.state;
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  /** How many watchers have something to take, and how long the last of them has had it, in milliseconds. */
  lag(): { behind: number; lagMs: number } {
    const waits = [...this.#watchers].map(({ behindMs }) => behindMs).filter((ms) => ms > 0);
    return { behind: waits.length, lagMs: waits.reduce((longest, ms) => Math.max(longest, ms), 0) };
  }

  watchersOf(owner: string): number {
    let count = 0;
    for (const watcher of this.#watchers) if (watcher.owner === owner) count += 1;
    return count;
  }

  /** The watcher is woken at every change, and when the feed closes, until it leaves. */
  join(watcher: Watcher): void {
    this.#watchers.add(watcher);
  }

  /** The last one to leave closes the feed. */
  leave(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size === 0) this.close();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#links.onClose();
    this.#unsubscribe?.();
    this.#wake();
  }

  /** Resolves when the feed is live. Subscribing comes first: what is said during the read is held and applied after it. */
  opened(): Promise<void> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /**
   * Whether the log is to be compared with its store: a read failed, or it was silent since the last question. While the silence
   * goes on that is so at every second question.
   */
  isSuspect(): boolean {
    const wasSilent = !this.#heard && !this.#compared;
    this.#heard = false;
    this.#compared = this.#live && !this.state.ended && (this.#suspect || wasSilent);
    return this.#compared;
  }

  /** Reads the store. Callers that come during a read share it, and the one that then follows. Never rejects. */
  async refresh(): Promise<void> {
    if (!this.#live) {
      // Two reads at once would take from each other what was heard meanwhile.
      this.#readAgain = true;
      return this.opened().catch(() => {});
    }
    if (this.#reading) this.#readAgain = true;
    else this.#reading = this.#readUntilQuiet().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #open(): Promise<void> {
    try {
      this.#held = [];
      const unsubscribe = await this.#links.subscribe((wire) => this.#hear(wire));
      if (this.closed) return unsubscribe();
      this.#unsubscribe = unsubscribe;
      this.#readAgain = false;
      await this.#readOnce();
      this.#live = true;
      if (this.#readAgain) void this.refresh();
    } catch (error) {
      // Those who come later must not meet this failure: they open a feed of their own.
      this.close();
      this.#links.onError(error);
      throw error;
    }
  }

  async #readUntilQuiet(): Promise<void> {
    try {
      do {
        this.#readAgain = false;
        await this.#readOnce();
      } while (this.#readAgain && !this.closed);
      this.#suspect = false;
    } catch (error) {
      this.#suspect = true;
      this.#links.onError(error);
    }
    this.#wake();
  }

  async #readOnce(): Promise<void> {
    this.#held ??= [];
    try {
      await this.#links.read(this.state);
    } finally {
      const held = this.#held;
      this.#held = undefined;
      for (const wire of held) this.#apply(wire);
    }
  }

  #hear(wire: Wire): void {
    this.#heard = true;
    if (!this.#held) this.#apply(wire);
    else if (this.#held.length < MAX_HELD) this.#held.push(wire);
    else this.#readAgain = true;
  }

  #apply(wire: Wire): void {
    switch (this.state.apply(wire)) {
      case "applied":
        return this.#wake();
      case "gap":
        return void this.refresh();
      case "seen":
        return;
    }
  }

  #wake(): void {
    for (const watcher of this.#watchers) watcher.wake();
  }
}
