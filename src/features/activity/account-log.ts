import type { AccountEventKind } from "../../generated/prisma/client.ts";
import type { FeedLog, Step } from "../../platform/feed/feed.ts";
import type { AccountChanged } from "./events.ts";

/** A change of a room, whose subject is its id: of any kind, also that it was deleted or restored. */
type RoomKind = "ROOM";

/** An entry of an account's log, or the last change of a room, which has its position there. */
export type LoggedChange = Readonly<{ seq: number; subject: string; kind: AccountEventKind | RoomKind }>;

/** What a follower of an account gets: a snapshot, or one subject that has changed. */
export type AccountFeedEvent = Readonly<{
  userId: string;
  kind: "SNAPSHOT" | LoggedChange["kind"];
  subject: string;
  position: AccountPosition;
}>;

/** The seq of the last change that a reader has seen, or `NOWHERE`. */
export type AccountPosition = number;

/** The position of a reader without a usable one: it gets a snapshot first. */
export const NOWHERE: AccountPosition = -1;

/** Changes in memory for readers that are a little behind; the others page through the database. */
const WINDOW = 20;

/**
 * The newest part of an account's log, as this process knows it. The log is compacted: it keeps the last change of
 * each subject. Seqs are missing in it, yet a reader from any position learns of every subject that changed since.
 *
 * Readers of one change get the same event object, so its fields are read once for all of a session that take it at the
 * same time. Each reader has a snapshot of its own.
 */
export class AccountLog implements FeedLog<AccountPosition, AccountFeedEvent, AccountChanged> {
  readonly ended = false;
  readonly mayResume = false;
  readonly #userId: string;
  /** Every change between `#base` and `#head`, in order. */
  #changes: Step<AccountPosition, AccountFeedEvent>[] = [];
  #base = 0;
  #head: number | undefined;

  constructor(userId: string) {
    this.#userId = userId;
  }

  /** The newest seq that is known; undefined before the first read. */
  get head(): number | undefined {
    return this.#head;
  }

  apply(wire: AccountChanged): "seen" | "gap" {
    return this.#head !== undefined && wire.seq <= this.#head ? "seen" : "gap";
  }

  /**
   * Adds the entries that the store holds after the head, up to the log's own `seq`. The first call adds none: the
   * log starts there.
   */
  advance(entries: readonly LoggedChange[], seq: number): void {
    this.#head ??= this.#base = seq;
    for (const entry of entries) {
      if (entry.seq <= this.#head) continue;
      this.#changes = this.#changes.filter(({ event }) => event.subject !== entry.subject);
      this.#changes.push(changeOf(this.#userId, entry));
      this.#head = entry.seq;
    }
    for (const { position } of this.#changes.splice(0, this.#changes.length - WINDOW)) this.#base = position;
  }

  /**
   * Restarts from the store's head: the stored log no longer reaches back to this one, or has so many changes after it
   * that readers page through the store.
   */
  restart(seq: number): void {
    this.#changes = [];
    this.#head = this.#base = seq;
  }

  now(): AccountPosition {
    return this.#head ?? 0;
  }

  next(at: AccountPosition): Step<AccountPosition, AccountFeedEvent> | "behind" | undefined {
    if (this.#head === undefined) return undefined;
    if (at === NOWHERE) return snapshotOf(this.#userId, this.#head);
    if (at >= this.#head) return undefined;
    if (at < this.#base) return "behind";
    return this.#changes.find(({ position }) => position > at);
  }
}

/** @param seq the snapshot, which is read later, includes at least everything up to this position */
export const snapshotOf = (userId: string, seq: number): Step<AccountPosition, AccountFeedEvent> => ({
  event: { userId, kind: "SNAPSHOT", subject: userId, position: seq },
  position: seq,
});

export const changeOf = (
  userId: string,
  { seq, kind, subject }: LoggedChange,
): Step<AccountPosition, AccountFeedEvent> => ({
  event: { userId, kind, subject, position: seq },
  position: seq,
});
