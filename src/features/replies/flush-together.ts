import type { Redis } from "../../platform/redis/redis.ts";

/** After pieces have gone out, those of all replies wait so long for each other, in milliseconds. */
const GATHER_MS = 4;

type Turn = { lastAt: number; timer: NodeJS.Timeout | undefined; readonly waiting: Set<() => void> };

const turns = new WeakMap<Redis, Turn>();

/**
 * Flushes at once, or with others if something has gone out over the connection just before: where a worker writes a hundred replies,
 * each process on a piece's way wakes for some of them instead of one, which is most of what a piece costs.
 */
export function flushTogether(redis: Redis, flush: () => void): void {
  const turn = turns.get(redis) ?? { lastAt: 0, timer: undefined, waiting: new Set() };
  turns.set(redis, turn);
  turn.waiting.add(flush);
  const elapsed = Date.now() - turn.lastAt;
  // Less than nothing: the clock was set back.
  if (elapsed >= GATHER_MS || elapsed < 0) return flushAll(turn);
  turn.timer ??= setTimeout(flushAll, GATHER_MS - elapsed, turn);
}

function flushAll(turn: Turn): void {
  clearTimeout(turn.timer);
  turn.timer = undefined;
  turn.lastAt = Date.now();
  const waiting = [...turn.waiting];
  turn.waiting.clear();
  for (const flush of waiting) flush();
}
