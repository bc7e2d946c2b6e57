import type { Message } from "../../generated/prisma/client.ts";
import type { FeedLog, Step } from "../../platform/feed/feed.ts";
import type { MessageAdded } from "./events.ts";

/** A message with its position in the room's log: its `seq`, or of a reply that runs its `beganSeq`. */
export type LoggedMessage = Message & { position: number };

/** The seq of the last message that a reader has seen. */
export type MessagePosition = number;

/** Entries in memory for readers that are a little behind; the others page through the database. */
const WINDOW = 100;
/** And UTF-16 code units of their texts, so that a room of long ones takes no more. */
const WINDOW_LENGTH = 512 * 1024;

/**
 * The newest part of a room's log, as this process knows it. Seqs are assigned under the room's lock, so a later
 * commit has a higher one. A seq is missing when a message got a new one.
 */
export class MessageLog implements FeedLog<MessagePosition, LoggedMessage, MessageAdded> {
  /** The room was deleted. */
  ended = false;
  /** It may be restored. */
  readonly mayResume = true;
  /** Every message between `#base` and `#head`, in order. */
  #entries: LoggedMessage[] = [];
  #base = 0;
  #head: number | undefined;

  /** The newest seq that is known; undefined before the first read. */
  get head(): number | undefined {
    return this.#head;
  }

  apply(wire: MessageAdded): "seen" | "gap" {
    return this.#head !== undefined && wire.seq <= this.#head ? "seen" : "gap";
  }

  /**
   * Adds what the store holds after the head, up to the room's own `seq`. The first call adds nothing: the log starts
   * there.
   */
  advance(messages: readonly LoggedMessage[], seq: number): void {
    this.#head ??= this.#base = seq;
    for (const message of messages) {
      if (message.position <= this.#head) continue;
      // A reply that has ended was there as one that has begun.
      this.#entries = this.#entries.filter(({ id }) => id !== message.id);
      this.#entries.push(message);
      this.#head = message.position;
    }
    this.#head = Math.max(this.#head, seq);
    for (const dropped of this.#entries.splice(0, this.#beyondWindow())) this.#base = dropped.position;
  }

  /** The number of surplus entries, oldest first. The newest one always stays. */
  #beyondWindow(): number {
    let length = 0;
    const last = this.#entries.length - 1;
    for (let at = last; at >= 0; at -= 1) {
      length += this.#entries[at]?.content.length ?? 0;
      if (last - at >= WINDOW || (at < last && length > WINDOW_LENGTH)) return at + 1;
    }
    return 0;
  }

  /** Nobody gets anything more, not even those who are behind. */
  end(): void {
    this.ended = true;
    this.#entries = [];
  }

  now(): MessagePosition {
    return this.#head ?? 0;
  }

  next(at: MessagePosition): Step<MessagePosition, LoggedMessage> | "behind" | undefined {
    if (this.ended || this.#head === undefined || at >= this.#head) return undefined;
    if (at < this.#base) return "behind";
    const event = this.#entries.find((message) => message.position > at);
    return event && { event, position: event.position };
  }
}
