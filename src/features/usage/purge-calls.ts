import { v7 as uuidv7 } from "uuid";
import type { AppContext } from "../../app-context.ts";
import { addDays } from "../../platform/time-zone.ts";

/** A row of the ledger is kept for a year, and a month to close its books. */
export const LEDGER_DAYS = 400;
/** Rows deleted by one statement. */
const BATCH = 1_000;
const NO_RANDOM_BITS = new Uint8Array(16);

/** The least id of a call that begins then: ids are in the order of time. */
export const firstCallId = (time: Date): string => uuidv7({ msecs: time.getTime(), random: NO_RANDOM_BITS, seq: 0 });

/**
 * Deletes what the ledger need not keep any longer.
 *
 * @param signal asks it to come to an end
 */
export async function purgeCalls(ctx: Pick<AppContext, "db" | "clock">, signal: AbortSignal): Promise<void> {
  const end = firstCallId(addDays(ctx.clock.now(), -LEDGER_DAYS));
  let deleted: number;
  do {
    deleted = await ctx.db.$executeRaw`
      DELETE FROM "ProviderCall" WHERE "id" IN (
        SELECT "id" FROM "ProviderCall" WHERE "id" < ${end}::uuid ORDER BY "id" LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)`;
  } while (deleted === BATCH && !signal.aborted);
}
