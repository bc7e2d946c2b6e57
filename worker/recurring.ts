import type { AppContext } from "../src/app-context.ts";
import { dropTombstones } from "../src/features/activity/drop-tombstones.ts";
import { settleFailedSignIns } from "../src/features/auth/failed-sign-ins.ts";
import { purgeEnded } from "../src/features/auth/purge-ended.ts";
import { expirePlans } from "../src/features/billing/expire-plans.ts";
import { forgetCustomers } from "../src/features/billing/forget-customers.ts";
import { reconcileCustomers } from "../src/features/billing/reconcile-customers.ts";
import { sweepReplies } from "../src/features/replies/sweep-replies.ts";
import { sweepTitles } from "../src/features/titles/sweep-titles.ts";
import { sweepQueues } from "../src/features/turns/sweep-queues.ts";
import { purgeCalls } from "../src/features/usage/purge-calls.ts";
import { purgeChatrooms } from "../src/features/replies/purge-chatrooms.ts";
import type { Timer } from "./timers.ts";

/** A lost reply waits at most this long, in milliseconds, plus the silence of its live text. */
const SWEEP_INTERVAL_MS = 2_500;
/** A failed sign-in shows in the security events after about this long, in milliseconds. */
const SETTLE_INTERVAL_MS = 1_000;
/** Between purges, in milliseconds. */
const PURGE_INTERVAL_MS = 60_000;
/** Between checks of plans and customers, in milliseconds. Each check is one query by an index. */
const TEND_INTERVAL_MS = 5_000;

/** All recurring work of a worker. */
export function recurringWork(ctx: AppContext): Timer[] {
  const { stripe } = ctx;
  const timers: Timer[] = [
    { name: "sweep", every: SWEEP_INTERVAL_MS, work: () => sweepReplies(ctx) },
    { name: "sweep titles", every: SWEEP_INTERVAL_MS, work: () => sweepTitles(ctx) },
    { name: "continue queues", every: SWEEP_INTERVAL_MS, work: (signal) => sweepQueues(ctx, signal) },
    { name: "settle failed sign-ins", every: SETTLE_INTERVAL_MS, work: (signal) => settleFailedSignIns(ctx, signal) },
    { name: "purge codes and sessions", every: PURGE_INTERVAL_MS, work: (signal) => purgeEnded(ctx, signal) },
    { name: "purge the ledger", every: PURGE_INTERVAL_MS, work: (signal) => purgeCalls(ctx, signal) },
    { name: "purge deleted rooms", every: PURGE_INTERVAL_MS, work: (signal) => purgeChatrooms(ctx, signal) },
    { name: "drop tombstones", every: PURGE_INTERVAL_MS, work: (signal) => dropTombstones(ctx, signal) },
    { name: "expire plans", every: TEND_INTERVAL_MS, work: () => expirePlans(ctx) },
  ];
  if (!stripe) return timers;
  const reconcile = async (signal: AbortSignal) => {
    const done = await reconcileCustomers(ctx, stripe, signal);
    if (done.compared > 0) ctx.logger.info(done, "customers were compared with Stripe");
  };
  return [
    ...timers,
    { name: "reconcile customers", every: TEND_INTERVAL_MS, work: reconcile },
    { name: "forget customers", every: TEND_INTERVAL_MS, work: () => forgetCustomers(ctx, stripe) },
  ];
}
