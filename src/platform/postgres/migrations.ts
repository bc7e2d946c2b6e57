import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";

/** Longest wait for a connection, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Longest wait for another process that migrates, or for a table that is in use, in milliseconds. */
const LOCK_TIMEOUT_MS = 60_000;
const LOCK_NOT_AVAILABLE = "55P03";
/** The lock that Prisma's own engine takes, https://pris.ly/d/migrate-advisory-locking */
const ADVISORY_LOCK = 72_707_369;

/** As Prisma's engine creates it. */
const CREATE_RECORD = `
CREATE TABLE _prisma_migrations (
  id                  VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum            VARCHAR(64) NOT NULL,
  finished_at         TIMESTAMPTZ,
  migration_name      VARCHAR(255) NOT NULL,
  logs                TEXT,
  rolled_back_at      TIMESTAMPTZ,
  started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

/** A folder of `prisma/migrations`. */
export type Migration = Readonly<{
  name: string;
  sql: string;
  /** SHA-256 of the file, in hexadecimal, as Prisma records it. */
  checksum: string;
}>;

/**
 * Applies the migrations that the database does not have yet. The files, their order, the lock and the
 * `_prisma_migrations` table are those of `prisma migrate deploy`, so both can work on the same database. Any number of
 * processes may call it at once. A migration is one script, and one transaction unless its SQL says otherwise.
 *
 * @param databaseUrl postgresql://…; the database must exist
 * @param dir the migrations' folder; by default the project's
 * @returns the names of those applied now, in order; empty when there was nothing to do
 * @throws when a migration fails, has failed before or was edited after it was applied, when the database has tables but
 *   no record of migrations, or when another process holds the lock for more than a minute
 */
export async function applyMigrations(databaseUrl: string, dir = findPrismaPath("migrations")): Promise<string[]> {
  const migrations = await readMigrations(dir);
  return withClient(databaseUrl, async (client) => {
    await takeLock(client);
    await createRecord(client);
    const missing = await findMissing(client, migrations);
    for (const migration of missing) await apply(client, migration);
    return missing.map(({ name }) => name);
  });
}

/**
 * Strikes a failed migration from the record, so that the next `applyMigrations` runs it again: the way on after its
 * SQL was corrected. What it did is not undone; PostgreSQL has done that already, unless its SQL says otherwise.
 *
 * @throws when no failed migration has that name
 */
export async function forgetFailedMigration(databaseUrl: string, migrationName: string): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    const { rowCount } = await client.query(
      `UPDATE _prisma_migrations SET rolled_back_at = now()
       WHERE migration_name = $1 AND finished_at IS NULL AND rolled_back_at IS NULL`,
      [migrationName],
    );
    if (rowCount === 0) throw new Error(`No failed migration has the name ${migrationName}.`);
  });
}

/** The migrations of a folder, in the order in which they are applied. */
export async function readMigrations(dir: string): Promise<Migration[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(
    names.toSorted().map(async (name) => {
      const sql = await readFile(join(dir, name, "migration.sql"), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

/** The names of the project's migrations, in order. */
export const readMigrationNames = async (): Promise<string[]> =>
  (await readMigrations(findPrismaPath("migrations"))).map(({ name }) => name);

/**
 * Finds a file of the project's `prisma` folder, which lies one level higher for the compiled program than for the
 * source.
 */
export function findPrismaPath(name: string): string {
  for (let dir = dirname(fileURLToPath(import.meta.url)); dir !== dirname(dir); dir = dirname(dir)) {
    if (existsSync(join(dir, "prisma", name))) return join(dir, "prisma", name);
  }
  throw new Error(`No folder above the program has prisma/${name}`);
}

async function withClient<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
  });
  // A connection that breaks fails the query under way; the event as such would end the process.
  client.on("error", () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The lock ends with the connection. */
async function takeLock(client: pg.Client): Promise<void> {
  try {
    await client.query("SELECT pg_advisory_lock($1)", [ADVISORY_LOCK]);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== LOCK_NOT_AVAILABLE) throw error;
    const message = `Another process has been migrating the database for more than ${LOCK_TIMEOUT_MS / 1_000} s`;
    throw new Error(message, { cause: error });
  }
}

async function createRecord(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ tablename: string }>(
    "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
  );
  if (rows.some(({ tablename }) => tablename === "_prisma_migrations")) return;
  if (rows.length > 0) {
    throw new Error("The database has tables, but no record of migrations. Give Colloquy a database of its own.");
  }
  await client.query(CREATE_RECORD);
}

async function findMissing(client: pg.Client, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<{ name: string; checksum: string; finished: boolean }>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
     FROM _prisma_migrations WHERE rolled_back_at IS NULL`,
  );
  const failed = rows.find(({ finished }) => !finished);
  if (failed) {
    throw new Error(
      `The migration ${failed.name} has failed before. Correct it, then run it again: ` +
        `npm run migrate -- --rolled-back ${failed.name}`,
    );
  }
  const recorded = new Map(rows.map(({ name, checksum }) => [name, checksum]));
  const edited = migrations.filter(({ name, checksum }) => recorded.has(name) && recorded.get(name) !== checksum);
  if (edited.length > 0) {
    const names = edited.map(({ name }) => name).join(", ");
    throw new Error(`Edited after it was applied: ${names}. Restore the file, and write a new migration instead.`);
  }
  return migrations.filter(({ name }) => !recorded.has(name));
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  const id = randomUUID();
  await client.query("INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)", [
    id,
    checksum,
    name,
  ]);
  try {
    await client.query(sql);
  } catch (error) {
    await client.query("ROLLBACK");
    await client.query("UPDATE _prisma_migrations SET logs = $2 WHERE id = $1", [id, String(error)]);
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`The migration ${name} failed: ${reason}`, { cause: error });
  }
  await client.query(
    "UPDATE _prisma_migrations SET finished_at = clock_timestamp(), applied_steps_count = 1 WHERE id = $1",
    [id],
  );
}
