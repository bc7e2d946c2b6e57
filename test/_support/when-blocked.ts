import type { Prisma } from "../../src/generated/prisma/client.ts";

/** Resolves when somebody waits for a lock that the transaction holds. PostgreSQL tells nobody, so it is asked. */
export async function whenBlocked(tx: Prisma.TransactionClient): Promise<void> {
  let blocked = 0;
  while (blocked === 0) {
    const [row] = await tx.$queryRaw<[{ count: number }]>`
      SELECT count(*)::int AS "count" FROM pg_stat_activity
      WHERE datname = current_database() AND pg_backend_pid() = ANY(pg_blocking_pids(pid))`;
    blocked = row.count;
  }
}
