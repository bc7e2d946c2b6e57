import { parseArgs } from "node:util";
import { z } from "zod";
import { applyMigrations, forgetFailedMigration } from "./platform/postgres/migrations.ts";

const USAGE = `Brings the database at DATABASE_URL up to date.

  npm run migrate                            applies the migrations it does not have yet
  npm run migrate -- --rolled-back <name>    the same, and runs the failed migration <name> again`;

const { values } = parseArgs({ options: { "rolled-back": { type: "string" }, help: { type: "boolean" } } });
if (values.help) {
  console.log(USAGE);
} else {
  try {
    await migrate(values["rolled-back"]);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

async function migrate(rolledBack: string | undefined): Promise<void> {
  const url = z.url({ protocol: /^postgres(ql)?$/ }).safeParse(process.env["DATABASE_URL"]);
  if (!url.success) throw new Error("DATABASE_URL must be set to a postgresql:// address");

  if (rolledBack !== undefined) await forgetFailedMigration(url.data, rolledBack);
  const applied = await applyMigrations(url.data);
  for (const name of applied) console.log(`Applied ${name}`);
  if (applied.length === 0) console.log("The database is up to date");
}
