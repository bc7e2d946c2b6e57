import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withMigrationEngine, type MigrationList } from "./migration-engine.ts";

const NO_FILTER = { externalTables: [], externalEnums: [] };

/**
 * Applies the migrations that the database does not have yet, with Prisma's own engine: the files, their order and the
 * `_prisma_migrations` table are those of `prisma migrate deploy`. Any number of processes may call it at once.
 * Each migration is one transaction, unless its SQL says otherwise.
 *
 * @param databaseUrl postgresql://…; the database must exist
 * @param dir the migrations' folder; by default the project's
 * @returns the names of those applied now, in order; empty when there was nothing to do
 * @throws when a migration fails or has failed before, or when another process holds the lock for more than a minute
 */
export async function applyMigrations(databaseUrl: string, dir = findPrismaPath("migrations")): Promise<string[]> {
  const migrationsList = await readMigrations(dir);
  return withMigrationEngine({ url: databaseUrl, lock: true }, async (engine) => {
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: NO_FILTER });
    return appliedMigrationNames;
  });
}

/**
 * Strikes a failed migration from the record, so that the next `applyMigrations` runs it again: the way on after its
 * SQL was corrected. What it did is not undone; PostgreSQL has done that already, unless its SQL says otherwise.
 *
 * @throws when no failed migration has that name
 */
export async function forgetFailedMigration(databaseUrl: string, migrationName: string): Promise<void> {
  await withMigrationEngine({ url: databaseUrl }, (engine) => engine.markMigrationRolledBack({ migrationName }));
}

/**
 * Tells what the migrations lack to make what the Prisma schema says.
 *
 * @param input.scratchUrl an empty database, filled with the migrations' tables on the way; the caller drops it
 * @param input.schemaFile by default `prisma/schema.prisma`
 * @param input.dir the migrations' folder; by default the project's
 * @returns the SQL that leads from the one to the other; empty when they agree
 */
export async function diffMigrations(input: {
  scratchUrl: string;
  schemaFile?: string;
  dir?: string;
}): Promise<string> {
  const { scratchUrl, schemaFile = findPrismaPath("schema.prisma"), dir = findPrismaPath("migrations") } = input;
  const migrations = await readMigrations(dir);
  const schema = { path: schemaFile, content: await readFile(schemaFile, "utf8") };
  return withMigrationEngine({ url: scratchUrl, schema }, async (engine) => {
    const { exitCode, stdout } = await engine.diff({
      from: { tag: "migrations", ...migrations },
      to: { tag: "schemaDatamodel", files: [schema] },
      script: true,
      exitCode: true,
      filters: NO_FILTER,
    });
    return exitCode === 0 ? "" : (stdout ?? "");
  });
}

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

async function readMigrations(dir: string): Promise<MigrationList> {
  const entries = await readdir(dir, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
  const lockfile = "migration_lock.toml";
  return {
    baseDir: dir,
    lockfile: { path: lockfile, content: await readFile(join(dir, lockfile), "utf8") },
    shadowDbInitScript: "",
    migrationDirectories: await Promise.all(
      names.map(async (name) => {
        const value = await readFile(join(dir, name, "migration.sql"), "utf8");
        return { path: name, migrationFile: { path: "migration.sql", content: { tag: "ok" as const, value } } };
      }),
    ),
  };
}
