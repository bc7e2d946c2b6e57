import { expect } from "vitest";

/** Set by `npm run test:slow`. Beside a busy core a promise of seconds says nothing. */
const IS_TIMED = process.env["COLLOQUY_TIMED_TESTS"] === "on";

/**
 * Awaits what the server promises within a time. `npm test` waits for it, as long as the test may take; `npm run test:slow`
 * also fails when it takes longer than the promise.
 *
 * @param limitMs the promise, in milliseconds
 */
export async function within<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await work();
  if (IS_TIMED) expect(performance.now() - startedAt).toBeLessThan(limitMs);
  return result;
}

/** Waits, in `npm run test:slow` alone, until what began at `startedAt` (of `performance.now()`) has lasted that long. */
export async function lasting(ms: number, startedAt: number): Promise<void> {
  const left = startedAt + ms - performance.now();
  if (IS_TIMED && left > 0) await new Promise((resolve) => setTimeout(resolve, left));
}
