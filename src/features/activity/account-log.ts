import type { AccountEventKind } from "../../generated/prisma/client.ts";
import type { FeedLog, Step } from "../../platform/feed/feed.ts";
import type { AccountChanged } from "./events.ts";

/** An entry of an account's log. */
export type LoggedChange = Readonly<{ seq: number; subject: string; kind: AccountEventKind }>;

/** What a follower of an account gets: everything there is, or one thing that has changed. */
export type AccountFeedEvent = Readonly<{
  userId: string;
  kind: "SNAPSHOT" | AccountEventKind;
  subject: string;
  position: AccountPosition;
}>;

/** The seq of the last change that a reader has seen, or `NOWHERE`. */
export type AccountPosition = number;

/** Where a reader stands that has seen nothing it could go on from: it gets a snapshot first. */
export const NOWHERE: AccountPosition = -1;

/** Entries kept for readers that are a little behind; the others page through the database. */
const WINDOW = 20;

/**
 * The newest part of an account's log, as this process knows it. The log is compacted: of all changes of one thing it
 * keeps the last, so seqs are missing in it, and yet who has read on from a position knows of every change since.
 *
 * Readers of one change get the same event object, so what it tells is read once for all of a session that take it in
 * the same moment. A snapshot is each reader's own: no two ask for it in the same moment.
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
   * Takes in the entries that the store holds after the head, up to `seq`, the log's own. The first time nothing is
   * taken in: the log sets out from there.
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

  /** Sets out anew from the store's head, for a log that no longer reaches back to this one's. */
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

/** @param seq the position up to which the snapshot, which is read later, says at least everything */
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
