import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { createDatabase, dropDatabase } from "../../tools/local-stack/postgres.ts";
import { applyWithEngine, diffMigrations } from "../../tools/migrations/diff-migrations.ts";
import { applyMigrations, findPrismaPath, forgetFailedMigration } from "../../src/platform/postgres/migrations.ts";
import { query, readApplied } from "../_support/plain-queries.ts";

const MIGRATIONS = findPrismaPath("migrations");
let work = "";

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "colloquy-migrations-test-"));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe("migrations", { timeout: 120_000 }, () => {
  test("applying them again changes nothing", async () => {
    const url = await emptyDatabase();
    const applied = await applyMigrations(url);
    expect(applied[0]).toMatch(/^\d{14}_init$/);
    expect(await applyMigrations(url)).toEqual([]);
    expect(await readApplied(url)).toEqual(applied);
  });

  test("of three that apply them at once, one does, and the others wait for it", async () => {
    const url = await emptyDatabase();
    const dir = copyMigrations({ "30000101000000_slow": `SELECT pg_sleep(0.5); CREATE TABLE slow (id int);` });
    const results = await Promise.all([1, 2, 3].map(() => applyMigrations(url, dir)));
    const all = results.find((names) => names.length > 0);
    expect(all?.at(-1)).toBe("30000101000000_slow");
    expect(results.filter((names) => names.length === 0)).toHaveLength(2);
    expect(await readApplied(url)).toEqual(all);
  });

  test("a migration is one script, however many semicolons it has", async () => {
    const url = await emptyDatabase();
    const body = `-- a comment; with one\nCREATE FUNCTION one() RETURNS text AS $$ BEGIN RETURN ';'; END; $$ LANGUAGE plpgsql;`;
    await applyMigrations(url, copyMigrations({ "30000101000000_function": body }));
    expect(await query(url, "SELECT one()")).toEqual([{ one: ";" }]);
  });

  test("a migration that fails leaves nothing, and runs again once it is forgotten", async () => {
    const url = await emptyDatabase();
    const name = "30000101000000_later";
    const bad = copyMigrations({ [name]: "CREATE TABLE later (id int); SELECT 1 / 0;" });
    await expect(applyMigrations(url, bad)).rejects.toThrow("division by zero");
    expect(await query(url, "SELECT to_regclass('later')::text AS found")).toEqual([{ found: null }]);

    const good = copyMigrations({ [name]: "CREATE TABLE later (id int);" });
    await expect(applyMigrations(url, good)).rejects.toThrow(name);
    await forgetFailedMigration(url, name);
    expect(await applyMigrations(url, good)).toEqual([name]);
  });

  test("a database that Prisma's own engine migrated is taken on, and the other way round", async () => {
    const name = "30000101000000_more";
    const dir = copyMigrations({ [name]: "CREATE TABLE more (id int);" });
    const [byEngine, byRunner] = [await emptyDatabase(), await emptyDatabase()];
    await applyWithEngine(byEngine);
    await applyMigrations(byRunner);
    expect(await readRecord(byRunner)).toEqual(await readRecord(byEngine));
    expect(await describeTable(byRunner)).toEqual(await describeTable(byEngine));
    expect(await applyMigrations(byEngine, dir)).toEqual([name]);
    expect(await applyWithEngine(byRunner, dir)).toEqual([name]);
    expect(await readRecord(byRunner)).toEqual(await readRecord(byEngine));
  });

  test("one that was edited after it was applied is named, and nothing is done", async () => {
    const url = await emptyDatabase();
    const [first, second] = ["30000101000000_first", "30000101000001_second"];
    await applyMigrations(url, copyMigrations({ [first]: "CREATE TABLE first (id int);" }));
    const edited = copyMigrations({ [first]: "CREATE TABLE first (id text);", [second]: "SELECT 1;" });
    await expect(applyMigrations(url, edited)).rejects.toThrow(first);
    expect(await readApplied(url)).not.toContain(second);
  });

  test("a database with tables of somebody else's is left alone", async () => {
    const url = await emptyDatabase();
    await query(url, "CREATE TABLE foreign_table (id int)");
    await expect(applyMigrations(url)).rejects.toThrow("a database of its own");
    expect(await query(url, `SELECT to_regclass('"User"')::text AS found`)).toEqual([{ found: null }]);
  });

  test("one that does what no transaction can is applied", async () => {
    const url = await emptyDatabase();
    const sql = `CREATE INDEX CONCURRENTLY another ON "Chatroom" ("title");`;
    await applyMigrations(url, copyMigrations({ "30000101000000_index": sql }));
    expect(await query(url, "SELECT to_regclass('another')::text AS found")).toEqual([{ found: "another" }]);
  });

  test("they make what the Prisma schema says", async () => {
    expect(await diffMigrations({ scratchUrl: await emptyDatabase() })).toBe("");
  });

  test("a schema that has more is recognised", async () => {
    const schemaFile = join(work, "schema.prisma");
    const schema = readFileSync(findPrismaPath("schema.prisma"), "utf8");
    writeFileSync(schemaFile, schema.replace("model Chatroom {", "model Chatroom {\n  pinned Boolean?"));
    const sql = await diffMigrations({ scratchUrl: await emptyDatabase(), schemaFile });
    expect(sql).toContain(`ALTER TABLE "Chatroom" ADD COLUMN     "pinned" BOOLEAN`);
  });

  test("a room takes one running reply, and any number of finished ones", async () => {
    const url = await emptyDatabase();
    await applyMigrations(url);
    const [user, room] = [uuid(), uuid()];
    const insert = (role: string, status: string) =>
      query(
        url,
        `INSERT INTO "Message" (id, "chatroomId", depth, role, content, status)
         VALUES ('${uuid()}', '${room}', 0, '${role}', '', '${status}')`,
      );
    await query(url, `INSERT INTO "User" (id, phone, "updatedAt") VALUES ('${user}', '+1', now())`);
    await query(
      url,
      `INSERT INTO "Chatroom" (id, "userId", title, model, "updatedAt") VALUES ('${room}', '${user}', '', '', now())`,
    );
    await insert("ASSISTANT", "COMPLETE");
    await insert("ASSISTANT", "FAILED");
    await insert("ASSISTANT", "PENDING");
    await expect(insert("ASSISTANT", "STREAMING")).rejects.toThrow("Message_running_reply_key");
    await expect(insert("USER", "FAILED")).rejects.toThrow("Message_role_status_check");
    await expect(query(url, `UPDATE "Chatroom" SET seq = -1`)).rejects.toThrow("Chatroom_seq_check");
  });
});

async function emptyDatabase(): Promise<string> {
  const server = inject("postgresUrl");
  const name = `stack_${randomBytes(6).toString("hex")}`;
  onTestFinished(() => dropDatabase(server, name));
  return createDatabase(server, name);
}

/** The project's migrations and some more. */
function copyMigrations(more: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(work, "migrations-"));
  cpSync(MIGRATIONS, dir, { recursive: true });
  for (const [name, sql] of Object.entries(more)) {
    mkdirSync(join(dir, name));
    writeFileSync(join(dir, name, "migration.sql"), sql);
  }
  return dir;
}

/** What is recorded of each migration, but for ids and times. */
const readRecord = (url: string) =>
  query(
    url,
    `SELECT migration_name, checksum, applied_steps_count, logs, rolled_back_at, finished_at IS NOT NULL AS finished
     FROM _prisma_migrations ORDER BY migration_name`,
  );

const describeTable = (url: string) =>
  query(
    url,
    `SELECT column_name::text, data_type::text, character_maximum_length, is_nullable::text, column_default::text
     FROM information_schema.columns WHERE table_name = '_prisma_migrations' ORDER BY ordinal_position`,
  );

function uuid(): string {
  return crypto.randomUUID();
}
