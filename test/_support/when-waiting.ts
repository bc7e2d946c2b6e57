import { expect } from "vitest";
import type { Database } from "../../src/platform/postgres/prisma.ts";

/** Resolves when so many statements wait for locks in a test's database. */
export async function whenWaiting(db: Database, statements = 1): Promise<void> {
  const count = async () => {
    const [row] = await db.$queryRaw<{ waiting: number }[]>`
      SELECT count(*)::int AS "waiting" FROM pg_stat_activity
      WHERE "datname" = current_database() AND "wait_event_type" = 'Lock'`;
    return row?.waiting;
  };
  await expect.poll(count).toBe(statements);
}
