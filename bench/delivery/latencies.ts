import { quantile } from "../_support/numbers.ts";
import type { Subscriber } from "./subscriber.ts";

/** In milliseconds. */
export type Latency = Readonly<{ count: number; p50: number; p99: number; max: number }>;

export type Latencies = Readonly<{
  first: Latency;
  /** Of chunks that were sent within the window. */
  later: Latency;
  /** Chunks that never came, over all readers. */
  missing: number;
}>;

/**
 * The time from the stand-in's sending a chunk to a reader's holding it.
 *
 * @param times when each chunk of each reply was sent, on the clock of the arrivals
 */
export function measureLatencies(
  subscribers: readonly Subscriber[],
  times: readonly (readonly number[])[],
  window: { from: number; to: number },
): Latencies {
  const first: number[] = [];
  const later: number[] = [];
  let missing = 0;
  for (const { arrivals, reply } of subscribers) {
    for (const [chunk, sent] of (times[reply] ?? []).entries()) {
      const arrived = arrivals[chunk] ?? 0;
      if (arrived === 0) missing += 1;
      else if (chunk === 0) first.push(arrived - sent);
      else if (sent >= window.from && sent < window.to) later.push(arrived - sent);
    }
  }
  return { first: summarise(first), later: summarise(later), missing };
}

function summarise(sample: readonly number[]): Latency {
  const sorted = Float64Array.from(sample).toSorted();
  return { count: sorted.length, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: quantile(sorted, 1) };
}
