import { MAX_SUBSCRIPTIONS } from "../guards/budgets.ts";
import { MAX_BODY_BYTES } from "../graphql/yoga.ts";

/** What one socket may do. Before somebody signs in there is little to do: ask for a code, and sign in. */
export type Allowance = Readonly<{
  /** Operations at a time. */
  operations: number;
  /** Bytes of a message. */
  messageBytes: number;
  /** Units of messages a minute: see `unitsOf`. */
  units: number;
}>;

export const SIGNED_IN: Allowance = { operations: MAX_SUBSCRIPTIONS, messageBytes: MAX_BODY_BYTES, units: 1_200 };
export const ANONYMOUS: Allowance = { operations: 10, messageBytes: 16 * 1024, units: 120 };
/** Times as many as it may have, a socket may have begun: with those that it ended at once, which go on for a moment. */
export const MAX_BEGUN = 4;
/** A socket without sign-in is closed after this long without an operation, in milliseconds. */
export const ANONYMOUS_IDLE_MS = 60_000;
/** Bytes of the messages of all operations of a socket: their words are held for as long as they last. */
export const MAX_OPERATION_BYTES = 1024 * 1024;

/** Bytes of a message that cost another unit. */
const UNIT_BYTES = 8 * 1024;
const MINUTE_MS = 60_000;
/** Refused messages of a socket in a minute; with the next one it is closed. */
const MAX_REFUSED = 20;

/** What a message costs: one for itself, and one for each 8 KiB of it. */
export const unitsOf = (bytes: number): number => 1 + Math.floor(bytes / UNIT_BYTES);

/** Counts what a socket sends, in windows of a minute. */
export class Meter {
  #endsAt = 0;
  #units = 0;
  #refused = 0;

  /** @returns whether the socket may send this much more */
  take(units: number, { units: max }: Allowance): boolean {
    this.#turn();
    this.#units += units;
    return this.#units <= max;
  }

  /** Notes that a message was refused. @returns whether that was once too often */
  refuse(): boolean {
    this.#turn();
    this.#refused += 1;
    return this.#refused > MAX_REFUSED;
  }

  #turn(): void {
    const now = performance.now();
    if (now < this.#endsAt) return;
    this.#endsAt = now + MINUTE_MS;
    this.#units = 0;
    this.#refused = 0;
  }
}
