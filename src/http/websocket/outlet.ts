import type { WebSocket } from "ws";

/** "Slow consumer": sent to a client that does not take what it is sent; it may come back and resume. */
const SLOW_CONSUMER = 4308;
/** Bytes that may wait for a socket, beside the largest message among them. Past it the socket is closed. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** From this many waiting bytes on, live results stay in their feed, which holds them for all readers. */
const MAX_LIVE_BYTES = 256 * 1024;
/** How long a socket may take nothing of what waits, in milliseconds; */
const STALL_LIMIT_MS = 10_000;
/** and a second longer for each of these that wait, as one message may be large. */
const STALL_BYTES = 128 * 1024;
/** How long a client that is cut has to take the close frame, in milliseconds. */
const CLOSE_GRACE_MS = 1_000;

/** What goes out over one socket, where every byte that waits is counted. */
export class Outlet {
  readonly #socket: WebSocket;
  readonly #onSlow: () => void;
  /** Bytes of the largest message since the queue was last empty. */
  #largest = 0;
  #stall: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];

  /** @param onSlow called when the socket is closed because its client does not take what it is sent */
  constructor(parts: { socket: WebSocket; onSlow: () => void }) {
    this.#socket = parts.socket;
    this.#onSlow = parts.onSlow;
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** So much waits that a live result has to stay where it is, until `whenFree`. */
  get busy(): boolean {
    return this.#socket.bufferedAmount > MAX_LIVE_BYTES;
  }

  /** Sends one message. Where too much waits already it closes the socket instead. */
  send(text: string): void {
    if (this.#takesMore()) this.write(Buffer.from(text), this.taken);
  }

  /** Answers a ping of the WebSocket protocol. */
  pong(data: Buffer): void {
    if (!this.#takesMore()) return;
    this.#socket.pong(data, false, this.taken);
    if (this.#socket.bufferedAmount > 0) this.#watch();
  }

  /**
   * Sends one message, however much waits.
   *
   * @param text UTF-8: of strings that wait, Node counts the UTF-16 code units
   * @param taken called when it is with the operating system, or the socket is gone; has to call `taken` of the outlet
   */
  write(text: Buffer, taken: () => void): void {
    const before = this.#socket.bufferedAmount;
    this.#socket.send(text, { binary: false }, taken);
    const after = this.#socket.bufferedAmount;
    // The operating system mostly takes a message at once.
    if (after === 0) return;
    this.#largest = before > 0 ? Math.max(this.#largest, after - before) : after;
    this.#watch();
  }

  readonly taken = (): void => {
    if (this.#stall) {
      if (this.#socket.bufferedAmount > 0) this.#stall.refresh();
      else this.#forget();
    }
    if (this.#waiting.length > 0 && !this.busy) this.#wake();
  };

  /** Closes the socket of a client that goes too far: nothing more of it is read, not even that it has heard. */
  cut(code: number, reason: string): void {
    if (!this.open) return;
    this.#socket.close(code, reason);
    this.#socket.pause();
    setTimeout(() => this.#socket.terminate(), CLOSE_GRACE_MS).unref();
  }

  /** Calls once, when less waits, or the socket has closed. */
  whenFree(listener: () => void): void {
    this.#waiting.push(listener);
  }

  /** To be called when the socket has closed. */
  end(): void {
    this.#forget();
    this.#wake();
  }

  #takesMore(): boolean {
    if (!this.open) return false;
    if (this.#socket.bufferedAmount - this.#largest <= MAX_WAITING_BYTES) return true;
    this.#closeSlow();
    return false;
  }

  /** Gives what waits its time. */
  #watch(): void {
    const limitMs = STALL_LIMIT_MS + (this.#socket.bufferedAmount / STALL_BYTES) * 1000;
    this.#stall ??= setTimeout(() => this.#socket.bufferedAmount > 0 && this.#closeSlow(), limitMs);
  }

  #forget(): void {
    clearTimeout(this.#stall);
    this.#stall = undefined;
  }

  #closeSlow(): void {
    this.#forget();
    if (!this.open) return;
    this.#onSlow();
    this.cut(SLOW_CONSUMER, "Slow consumer");
  }

  #wake(): void {
    for (const listener of this.#waiting.splice(0)) listener();
  }
}
