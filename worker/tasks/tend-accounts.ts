import type { AppContext } from "../../src/app-context.ts";
import { settleFailedSignIns } from "../../src/features/auth/failed-sign-ins.ts";
import { purgeEnded } from "../../src/features/auth/purge-ended.ts";
import { repeat } from "../timers.ts";

/** A failed sign-in is in the trail about so long after it, in milliseconds. */
const SETTLE_INTERVAL_MS = 1_000;
/** Between purges, in milliseconds. */
const PURGE_INTERVAL_MS = 60_000;

/**
 * Completes the trails of accounts, and deletes codes and sessions that are over.
 *
 * @returns a function that ends it, when what it has begun is done
 */
export function startTendingAccounts(ctx: AppContext): () => Promise<void> {
  const tasks = [
    repeat(ctx, "settle failed sign-ins", SETTLE_INTERVAL_MS, (signal) => settleFailedSignIns(ctx, signal)),
    repeat(ctx, "purge codes and sessions", PURGE_INTERVAL_MS, (signal) => purgeEnded(ctx, signal)),
  ];
  return async () => {
    await Promise.all(tasks.map((stop) => stop()));
  };
}
