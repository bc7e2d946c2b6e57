import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { findPrismaPath } from "../src/platform/postgres/migrations.ts";
import { diffMigrations } from "./migrations/diff-migrations.ts";
import { startPostgres } from "./local-stack/postgres.ts";

const USAGE = `Writes a migration for what has changed in prisma/schema.prisma.

  npm run db:new-migration -- <name>            for example add_ratings
  npm run db:new-migration -- <name> --empty    for SQL by hand, which the schema cannot say
  npm run db:check                              fails when the schema and the migrations differ`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: "boolean" }, empty: { type: "boolean" }, help: { type: "boolean" } },
});
const [name] = positionals;

if (values.check) {
  await check();
} else if (values.help || name === undefined || positionals.length > 1) {
  console.error(USAGE);
  process.exitCode = values.help ? 0 : 1;
} else {
  await write(name, values.empty ?? false);
}

async function check(): Promise<void> {
  const sql = await diff();
  if (sql === "") return console.log("The migrations make what prisma/schema.prisma says");
  console.error(`The migrations lack this to make what prisma/schema.prisma says:\n\n${sql}`);
  console.error("`npm run db:new-migration -- <name>` writes it.");
  process.exitCode = 1;
}

async function write(title: string, empty: boolean): Promise<void> {
  const sql = empty ? "-- By hand: what a Prisma schema cannot say.\n" : await diff();
  if (sql === "") return console.log("Nothing to do: the migrations make what prisma/schema.prisma says");

  const time = new Date().toISOString().replaceAll(/\D/g, "").slice(0, "yyyymmddhhmmss".length);
  const slug = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_");
  const dir = join(findPrismaPath("migrations"), `${time}_${slug}`);
  mkdirSync(dir);
  writeFileSync(join(dir, "migration.sql"), `${sql.trimEnd()}\n`);
  console.log(`Wrote ${relative(process.cwd(), dir)}/migration.sql. Read it before you commit it.`);
}

/** Compares in a PostgreSQL of its own, where nothing can be harmed. */
async function diff(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "colloquy-diff-"));
  try {
    const postgres = await startPostgres({ dir, durable: false });
    try {
      return await diffMigrations({ scratchUrl: postgres.url });
    } finally {
      await postgres.stop();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
