import type { AppContext } from "../src/app-context.ts";
import { delay } from "../src/platform/timing.ts";

/**
 * Does something from time to time until it is stopped. Each worker does: a timer cannot be lost with Redis' memory, as a
 * scheduled job could, so what is repeated has to be harmless when it is done twice.
 *
 * @param name for the log, when it fails; it is done again all the same
 * @param intervalMs between the end of one time and the next, give or take a quarter
 * @param work gets a signal that asks it to come to an end
 * @returns a function that ends it, when what has begun is done
 */
export function repeat(
  ctx: Pick<AppContext, "log">,
  name: string,
  intervalMs: number,
  work: (signal: AbortSignal) => Promise<unknown>,
): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const done = (async () => {
    // Jitter keeps many workers from doing it in step.
    await delay(intervalMs * Math.random(), signal);
    while (!signal.aborted) {
      await work(signal).catch((error: unknown) => ctx.log.warn({ err: error, task: name }, `could not ${name}`));
      await delay(intervalMs * (0.75 + Math.random() / 2), signal);
    }
  })();
  return async () => {
    stopping.abort();
    await done;
  };
}
