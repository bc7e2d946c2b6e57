import { randomBytes } from "node:crypto";
import type { WebSocket } from "ws";

/** A socket that has not answered a ping by the next one is dropped, in milliseconds. */
const PING_INTERVAL_MS = 12_000;
const PAYLOAD_BYTES = 8;

/** Pings a socket, and drops it without an answer. Only a client that read the ping can answer it. */
export class Heartbeat {
  readonly #socket: WebSocket;
  readonly #timer: NodeJS.Timeout;
  /** Of the ping that waits for its answer. */
  #expected: Buffer | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#timer = setInterval(() => this.#beat(), PING_INTERVAL_MS);
  }

  /**
   * @returns whether a pong answers the last ping; any other pong means nothing, because a client can send it unasked
   */
  hear(pong: Buffer): boolean {
    if (!this.#expected?.equals(pong)) return false;
    this.#expected = undefined;
    return true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    if (this.#expected) return this.#socket.terminate();
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    // Bytes of their own: a part of the pool would hold on to all of it.
    this.#expected = Buffer.alloc(PAYLOAD_BYTES, randomBytes(PAYLOAD_BYTES));
    this.#socket.ping(this.#expected);
  }
}
