import type { AppContext } from "../../src/app-context.ts";
import { sweepReplies } from "../../src/replies/sweep-replies.ts";

/** A forgotten reply waits no longer than this, in milliseconds, and a live text's silence. */
const SWEEP_INTERVAL_MS = 2_500;

/**
 * Sweeps from time to time. Each worker does: a timer cannot be lost with Redis' memory, as a scheduled job
 * could, and sweeping twice is harmless.
 *
 * @returns a function that ends it
 */
export function startSweeping(ctx: AppContext): () => void {
  let timer: NodeJS.Timeout;
  let stopped = false;
  const sweep = () => {
    sweepReplies(ctx)
      .catch((error: unknown) => ctx.log.warn({ err: error }, "could not sweep"))
      .finally(() => {
        // Jitter keeps many workers from sweeping in step.
        if (!stopped) timer = setTimeout(sweep, SWEEP_INTERVAL_MS * (0.75 + Math.random() / 2));
      });
  };
  timer = setTimeout(sweep, SWEEP_INTERVAL_MS * Math.random());
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
