import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { findPrismaPath, readMigrations } from "../../src/platform/postgres/migrations.ts";
import { withMigrationEngine, type MigrationList } from "./engine.ts";

const NO_FILTER = { externalTables: [], externalEnums: [] };

/**
 * Tells what the migrations lack to make what the Prisma schema says, by Prisma's own engine.
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
  const migrations = await listForEngine(dir);
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
 * Does what `prisma migrate deploy` does, by Prisma's own engine: what `applyMigrations` is compared with.
 *
 * @returns the names of those applied now, in order
 */
export async function applyWithEngine(databaseUrl: string, dir = findPrismaPath("migrations")): Promise<string[]> {
  const migrationsList = await listForEngine(dir);
  return withMigrationEngine({ url: databaseUrl }, async (engine) => {
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: NO_FILTER });
    return appliedMigrationNames;
  });
}

async function listForEngine(dir: string): Promise<MigrationList> {
  const lockfile = "migration_lock.toml";
  return {
    baseDir: dir,
    lockfile: { path: lockfile, content: await readFile(join(dir, lockfile), "utf8") },
    shadowDbInitScript: "",
    migrationDirectories: (await readMigrations(dir)).map(({ name, sql }) => ({
      path: name,
      migrationFile: { path: "migration.sql", content: { tag: "ok" as const, value: sql } },
    })),
  };
}
