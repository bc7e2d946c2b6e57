/** What one reader of one reply has got: the moment at which it held each chunk, and whether the text was whole. */
export class Subscriber {
  /** The reply's place among those of the run. */
  readonly reply: number;
  /** On the clock of `performance.now()`; 0 for what has not come. */
  readonly arrivals: Float64Array;
  readonly #size: number;
  #received = 0;
  /** Pieces that did not begin where the text ended. */
  faults = 0;

  constructor(reply: number, pace: { chunks: number; size: number }) {
    this.reply = reply;
    this.arrivals = new Float64Array(pace.chunks);
    this.#size = pace.size;
  }

  get received(): number {
    return this.#received;
  }

  get whole(): boolean {
    return this.#received === this.arrivals.length * this.#size;
  }

  /** @returns how many chunks the piece has completed */
  take(offset: number, length: number, now: number): number {
    if (offset !== this.#received) {
      this.faults += 1;
      // What a lost piece held never counts as received in time.
      this.#received = Math.max(this.#received, offset);
    }
    const before = Math.floor(this.#received / this.#size);
    this.#received += length;
    const after = Math.min(this.arrivals.length, Math.floor(this.#received / this.#size));
    for (let chunk = before; chunk < after; chunk += 1) this.arrivals[chunk] = now;
    return Math.max(0, after - before);
  }
}
