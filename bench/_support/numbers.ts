/** Of a sorted sample, by nearest rank; NaN when it is empty. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? Number.NaN;
}

/** The middle value, or the mean of the two in the middle; what is not a number does not count. */
export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).toSorted((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/** Milliseconds since the machine's start: one clock for all its processes, which nobody sets. */
export const monotonicNow = (): number => Number(process.hrtime.bigint()) / 1e6;

/** What to add to this process's `performance.now()`, which is cheaper, to have `monotonicNow()`. */
export function monotonicOffset(): number {
  let best = { width: Infinity, offset: 0 };
  // Whatever comes between two readings of a clock only makes their distance longer: the shortest one is the truest.
  for (let round = 0; round < 100; round += 1) {
    const before = performance.now();
    const now = monotonicNow();
    const width = performance.now() - before;
    if (width < best.width) best = { width, offset: now - before - width / 2 };
  }
  return best.offset;
}

/** Three significant digits, with thousands apart; a dash for what was not measured. */
export function show(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The median and, of more than one repetition, the lowest and the highest: `5.10 (4.90–5.32)`. */
export function showSpread(values: readonly number[]): string {
  const middle = show(median(values));
  return values.length > 1 ? `${middle} (${show(Math.min(...values))}–${show(Math.max(...values))})` : middle;
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** Those with the same key together, in the order in which the keys were met first. */
export const groupBy = <Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): [Key, Item[]][] =>
  [...new Set(items.map(keyOf))].map((key) => [key, items.filter((item) => keyOf(item) === key)]);
