import { quantile } from "../_support/numbers.ts";
import type { Pace } from "../_support/pace.ts";

/** What one reader of one reply has got: the moment at which it held each chunk, and whether the text was whole. */
export class Subscriber {
  /** On the clock of `performance.now()`; 0 for what has not come. */
  readonly arrivals: Float64Array;
  readonly #size: number;
  received = 0;
  /** Pieces that did not begin where the text ended. */
  faults = 0;

  constructor({ chunks, size }: Pace) {
    this.arrivals = new Float64Array(chunks);
    this.#size = size;
  }

  get whole(): boolean {
    return this.received === this.arrivals.length * this.#size;
  }

  take(offset: number, length: number, now: number): void {
    if (offset !== this.received) {
      this.faults += 1;
      // What a lost piece held never counts as received in time.
      this.received = Math.max(this.received, offset);
    }
    const before = Math.floor(this.received / this.#size);
    this.received += length;
    const after = Math.min(this.arrivals.length, Math.floor(this.received / this.#size));
    for (let chunk = before; chunk < after; chunk += 1) this.arrivals[chunk] = now;
  }
}

export type Latencies = Readonly<{
  /** Milliseconds: of first chunks, and of later ones that were sent within the window. */
  first: Readonly<{ p50: number; p99: number }>;
  later: Readonly<{ p50: number; p99: number }>;
  /** Chunks that never came, and pieces out of place, over all readers. */
  missing: number;
}>;

/**
 * The time from the model's sending a chunk to a reader's holding it.
 *
 * @param times when each chunk of each reader's reply was sent, on the clock of the arrivals
 */
export function measureLatencies(
  subscribers: readonly Subscriber[],
  times: readonly (readonly number[])[],
  window: { from: number; to: number },
): Latencies {
  const first: number[] = [];
  const later: number[] = [];
  let missing = 0;
  for (const [index, { arrivals, faults }] of subscribers.entries()) {
    missing += faults;
    for (const [chunk, sent] of (times[index] ?? []).entries()) {
      const arrived = arrivals[chunk] ?? 0;
      if (arrived === 0) missing += 1;
      else if (chunk === 0) first.push(arrived - sent);
      else if (sent >= window.from && sent < window.to) later.push(arrived - sent);
    }
  }
  const summarise = (sample: number[]) => {
    const sorted = Float64Array.from(sample).toSorted();
    return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
  };
  return { first: summarise(first), later: summarise(later), missing };
}
