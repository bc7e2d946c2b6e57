import type { SystemName } from "./pace.ts";

/** So many replies at once with so many readers each, at 20 chunks a second. */
export type Case = Readonly<{
  /** `replies x readers`. */
  name: string;
  replies: number;
  perReply: number;
  windowMs: number;
  systems: readonly SystemName[];
  /** How often it is measured. */
  times: number;
  /** One reply after the other, so many in all: a single one would have a single first token. */
  turns?: number;
  /** More than the machine can do: shows how much that is, and how each system bears it. */
  overload?: true;
}>;

const ALL: readonly SystemName[] = ["bare", "colloquy", "stock", "resumable", "polling"];
const PUSHED: readonly SystemName[] = ["bare", "colloquy", "stock"];

/**
 * The cases, as far as two cores carry them: 100 and 500 replies with 100 readers each are 200,000 and 1,000,000
 * deliveries a second. In their place stand a load that all systems carry, and one that none does.
 */
export const CASES: readonly Case[] = [
  define("1x1", ALL, { times: 3 }),
  define("100x1", ALL, { times: 2 }),
  define("500x1", ALL, {}),
  define("1x100", ALL, { times: 3 }),
  define("10x100", PUSHED, { times: 3 }),
  define("40x100", PUSHED, { overload: true }),
];

/** A minute in all, for those who work on the bench. */
export const QUICK_CASES: readonly Case[] = [
  define("1x1", ALL, { windowMs: 1_500 }),
  define("20x1", PUSHED, { windowMs: 1_500 }),
  define("5x100", PUSHED, { windowMs: 1_500 }),
];

/** @throws {Error} for a name that is none */
export function readCase(name: string, more: Partial<Case> = {}): Case {
  if (!/^[1-9]\d*x[1-9]\d*$/.test(name))
    throw new Error(`"${name}" is no case: write replies x readers, such as 10x100`);
  return CASES.find((known) => known.name === name) ?? define(name, PUSHED, more);
}

function define(name: string, systems: readonly SystemName[], more: Partial<Case>): Case {
  const [replies = 0, perReply = 0] = name.split("x").map(Number);
  return { name, replies, perReply, windowMs: 3_600, systems, times: 1, ...(replies === 1 && { turns: 8 }), ...more };
}
