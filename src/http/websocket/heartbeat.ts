import { randomBytes } from "node:crypto";
import type { WebSocket } from "ws";

/** A socket that has not answered a ping after this time is dropped, in milliseconds. */
const ANSWER_LIMIT_MS = 12_000;
/** One that has answered is left alone for so many times that: proxies cut what is silent for a minute (nginx, AWS, Heroku). */
const REST = 3;
/** Sockets have their turn group by group, each this long after the one before, in milliseconds. */
const STEP_MS = 250;
const GROUPS = ANSWER_LIMIT_MS / STEP_MS;
const PAYLOAD_BYTES = 8;

/** What a socket is pinged by. */
type Pinged = Pick<WebSocket, "OPEN" | "readyState" | "ping" | "terminate">;

/** One socket's part: it is told of each pong. */
export type Heartbeat = Readonly<{
  /**
   * @returns whether a pong answers the last ping; any other pong means nothing, because a client can send it unasked
   */
  hear(pong: Buffer): boolean;
  stop(): void;
}>;

/**
 * Pings all sockets of a process, and drops those that do not answer. Only a client that has read its ping can answer it. One
 * timer serves all, as thousands of timers cost more than the pings.
 */
export class Heartbeats {
  readonly #groups: readonly Set<Member>[] = Array.from({ length: GROUPS }, () => new Set<Member>());
  readonly #timer = setInterval(() => this.#step(), STEP_MS);
  #steps = 0;

  constructor() {
    this.#timer.unref();
  }

  /** Pings the socket until it is stopped: 12 s from now, and 48 s after each ping that it has answered. */
  start(socket: Pinged): Heartbeat {
    return new Member(socket, this.#group);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** The group whose turn was last. */
  get #group(): Set<Member> {
    return this.#groups[this.#steps % GROUPS] as Set<Member>;
  }

  #step(): void {
    this.#steps += 1;
    const payloads = randomBytes(PAYLOAD_BYTES * this.#group.size);
    let at = 0;
    for (const member of this.#group) member.beat(payloads.subarray(at, (at += PAYLOAD_BYTES)));
  }
}

class Member implements Heartbeat {
  readonly #socket: Pinged;
  readonly #group: Set<Member>;
  /** Of the ping that waits for its answer. */
  #expected: Buffer | undefined;
  /** Turns before the next ping. */
  #rest = 0;

  constructor(socket: Pinged, group: Set<Member>) {
    this.#socket = socket;
    this.#group = group;
    group.add(this);
  }

  beat(payload: Buffer): void {
    if (this.#expected) return this.#socket.terminate();
    if (this.#rest > 0) return void (this.#rest -= 1);
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#expected = payload;
    this.#rest = REST;
    this.#socket.ping(payload);
  }

  hear(pong: Buffer): boolean {
    if (!this.#expected?.equals(pong)) return false;
    this.#expected = undefined;
    return true;
  }

  stop(): void {
    this.#group.delete(this);
  }
}
