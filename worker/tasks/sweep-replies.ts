import type { AppContext } from "../../src/app-context.ts";
import { sweepReplies } from "../../src/features/replies/sweep-replies.ts";
import { repeat } from "../timers.ts";

/** A forgotten reply waits no longer than this, in milliseconds, and a live text's silence. */
const SWEEP_INTERVAL_MS = 2_500;

/**
 * Sweeps from time to time.
 *
 * @returns a function that ends it, when what it has begun is done
 */
export const startSweeping = (ctx: AppContext): (() => Promise<void>) =>
  repeat(ctx, "sweep", SWEEP_INTERVAL_MS, () => sweepReplies(ctx));
