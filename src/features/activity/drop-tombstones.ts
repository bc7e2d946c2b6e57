import type { AppContext } from "../../app-context.ts";

/** A device that was away for longer than this begins with a snapshot, in milliseconds. */
export const TOMBSTONES_KEPT_MS = 30 * 24 * 3_600_000;
/** Tombstones that are dropped by one statement. */
const BATCH = 1_000;

/**
 * Drops the tombstones of rooms that were deleted more than `TOMBSTONES_KEPT_MS` ago, and notes in each account's log from
 * where on it is complete. Any number of workers may do so at once.
 *
 * @param signal asks it to end early
 */
export async function dropTombstones(ctx: Pick<AppContext, "db" | "clock">, signal: AbortSignal): Promise<void> {
  const before = new Date(ctx.clock.now().getTime() - TOMBSTONES_KEPT_MS);
  let dropped: number;
  do {
    if (signal.aborted) return;
    // The log is locked first, as by those who delete the account.
    const [row] = await ctx.db.$queryRaw<[{ count: number }]>`
      WITH "old" AS (
        SELECT "roomId", "userId" FROM "RoomTombstone" WHERE "deletedAt" < ${before}::timestamptz
        ORDER BY "deletedAt" LIMIT ${BATCH}::int
      ), "log" AS (
        SELECT "userId" FROM "AccountLog" WHERE "userId" IN (SELECT "userId" FROM "old")
        ORDER BY "userId" FOR UPDATE
      ), "dropped" AS (
        DELETE FROM "RoomTombstone" USING "old", "log"
        WHERE "RoomTombstone"."roomId" = "old"."roomId" AND "log"."userId" = "old"."userId"
        RETURNING "RoomTombstone"."userId", "RoomTombstone"."seq"
      ), "raised" AS (
        UPDATE "AccountLog" SET "base" = greatest("base", "newest"."seq")
        FROM (SELECT "userId", max("seq") AS "seq" FROM "dropped" GROUP BY "userId") "newest"
        WHERE "AccountLog"."userId" = "newest"."userId"
      )
      SELECT count(*)::int AS "count" FROM "dropped"`;
    dropped = row.count;
  } while (dropped === BATCH);
}
