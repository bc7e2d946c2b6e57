import type { AppContext } from "../src/app-context.ts";
import { delay } from "../src/platform/timing.ts";

/** Recurring work of a worker. */
export type Timer = Readonly<{
  /** A verb phrase, for the log. */
  name: string;
  /** Milliseconds between the end of one run and the next, plus or minus a quarter. */
  every: number;
  /** The signal asks the work to end early. A failure is logged, and the next run comes as planned. */
  work(signal: AbortSignal): Promise<unknown>;
}>;

/**
 * Runs a timer until it is stopped. Every worker runs every timer, because Redis may lose a scheduled job: the work
 * must be idempotent.
 *
 * @returns a function that stops it: it waits for a run that has begun, for `shutdownGrace` at most
 */
export function startTimer(
  ctx: Pick<AppContext, "logger" | "config">,
  { name, every, work }: Timer,
): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const done = (async () => {
    // Jitter keeps many workers from doing it in step.
    await delay(every * Math.random(), signal);
    while (!signal.aborted) {
      await work(signal).catch((error: unknown) => ctx.logger.warn({ err: error, task: name }, `could not ${name}`));
      await delay(every * (0.75 + Math.random() / 2), signal);
    }
  })();
  return async () => {
    stopping.abort();
    await Promise.race([done, delay(ctx.config.shutdownGrace)]);
  };
}
