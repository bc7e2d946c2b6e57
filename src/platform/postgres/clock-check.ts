import type { PrismaClient } from "../../generated/prisma/client.ts";
import type { Clock } from "../clock.ts";
import type { Logger } from "../logger.ts";

/** Tokens, quotas and waits are compared across machines; within this nobody notices. In milliseconds. */
const TOLERANCE_MS = 2_000;
const CHECK_INTERVAL_MS = 15 * 60_000;

type Checked = Readonly<{ db: Pick<PrismaClient, "$queryRaw">; clock: Clock; logger: Logger }>;

/**
 * Compares this machine's clock with PostgreSQL's, now and from time to time, and warns when they differ.
 *
 * @returns stops it
 */
export function startClockCheck(checked: Checked): () => void {
  // PostgreSQL may be away: others say so.
  const check = () => void checkClock(checked).catch(() => {});
  check();
  const timer = setInterval(check, CHECK_INTERVAL_MS).unref();
  return () => clearInterval(timer);
}

/** @returns by how much this machine's clock is ahead, in milliseconds; the time of the query is no difference */
export async function checkClock({ db, clock, logger }: Checked): Promise<number> {
  const before = clock.now().getTime();
  const [{ now }] = await db.$queryRaw<[{ now: Date }]>`SELECT clock_timestamp() AS "now"`;
  const after = clock.now().getTime();
  const theirs = now.getTime();
  const aheadMs = theirs < before ? before - theirs : theirs > after ? after - theirs : 0;
  if (Math.abs(aheadMs) > TOLERANCE_MS)
    logger.warn({ aheadMs }, "the clock of this machine differs from PostgreSQL's: one of the two is wrong");
  return aheadMs;
}
