import { createDatabase } from "../../src/platform/postgres/prisma.ts";

/** The rows of one statement, by a connection of its own. */
export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = createDatabase({ url, poolSize: 1 });
  try {
    return await client.$queryRawUnsafe(sql);
  } finally {
    await client.$disconnect();
  }
}

/** The migrations that a database has had, oldest first. */
export async function readApplied(url: string): Promise<unknown[]> {
  const rows = await query(url, "SELECT migration_name AS name FROM _prisma_migrations ORDER BY started_at");
  return rows.map(({ name }) => name);
}
