import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test, vi } from "vitest";
import { lockDataDir } from "../../tools/local-stack/data-lock.ts";
import { createDatabase, dropDatabase, startPostgres } from "../../tools/local-stack/postgres.ts";
import { startRedis } from "../../tools/local-stack/redis.ts";
import { readCommandLine } from "../../tools/local-stack/running-process.ts";
import type { PrismaClient } from "../../src/generated/prisma/client.ts";
import { createDatabase as createClient } from "../../src/platform/postgres/prisma.ts";
import { applyWithEngine, diffMigrations } from "../../tools/migrations/diff-migrations.ts";
import { applyMigrations, findPrismaPath, forgetFailedMigration } from "../../src/platform/postgres/migrations.ts";

const MIGRATIONS = findPrismaPath("migrations");
let work = "";

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "colloquy-stack-test-"));
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

describe("Redis", { timeout: 120_000 }, () => {
  test("comes back empty on the same port after a kill", async () => {
    const first = await startRedis();
    await command(first.url, (redis) => redis.set("key", "value"));
    await first.kill();
    await expect(command(first.url, (redis) => redis.ping())).rejects.toThrow("closed");

    const second = await startRedis({ port: first.port });
    onTestFinished(() => second.stop());
    expect(second.url).toBe(first.url);
    expect(await command(second.url, (redis) => redis.get("key"))).toBeNull();
    expect(readCommandLine(first.pid)).toBeUndefined();
  });

  test("keeps its data where the setting says", async () => {
    const dir = join(work, "redis");
    const first = await startRedis({ dir, appendOnly: true });
    await command(first.url, (redis) => redis.set("key", "value"));
    await first.stop();
    const second = await startRedis({ dir, appendOnly: true });
    onTestFinished(() => second.stop());
    expect(await command(second.url, (redis) => redis.get("key"))).toBe("value");
  });

  test("answers nothing while it is frozen", async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    redis.pause();
    await expect(command(redis.url, (client) => client.ping())).rejects.toThrow("timed out");
    redis.resume();
    expect(await command(redis.url, (client) => client.ping())).toBe("PONG");
  });
});

describe("PostgreSQL", { timeout: 120_000 }, () => {
  test("has its data on the same port after a kill", async () => {
    const dir = join(work, "postgres");
    const first = await startPostgres({ dir, durable: false });
    const client = createClient({ url: first.url, poolSize: 2 });
    onTestFinished(() => client.$disconnect());
    await client.$executeRaw`CREATE TABLE kept AS SELECT 42 AS answer`;
    await first.kill();
    await expect(client.$queryRaw`SELECT 1`).rejects.toThrow("Can't reach database server");
    expect(readCommandLine(first.pid)).toBeUndefined();

    const second = await startPostgres({ dir, durable: false, port: first.port });
    onTestFinished(() => second.stop());
    // The same client, that has seen its server die, goes on.
    expect(await client.$queryRaw`SELECT answer FROM kept`).toEqual([{ answer: 42 }]);
  });

  test("takes no notice of the lock that a killed server has left, even if another process has its number now", async () => {
    const dir = join(work, "postgres-stale");
    const first = await startPostgres({ dir, durable: false });
    await first.kill();
    const pidFile = join(dir, "data/postmaster.pid");
    writeFileSync(pidFile, readFileSync(pidFile, "utf8").replace(/^\d+/, String(process.pid)));
    const second = await startPostgres({ dir, durable: false });
    onTestFinished(() => second.stop());
    expect(await query(second.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("says what is wrong when it cannot start", async () => {
    const dir = join(work, "postgres-broken");
    const first = await startPostgres({ dir, durable: false });
    await first.stop();
    writeFileSync(join(dir, "data/postgresql.conf"), "no_such_setting = 1\n");
    await expect(startPostgres({ dir, durable: false })).rejects.toThrow("no_such_setting");
  });
});

describe("a port that another program has", { timeout: 120_000 }, () => {
  let other: Server;
  beforeAll(async () => {
    other = createServer((wire) => void wire.destroy());
    await once(other.listen(0, "127.0.0.1"), "listening");
  });
  afterAll(() => void other.close());
  const portOf = () => (other.address() as AddressInfo).port;

  test.each<[string, string, (port: number) => Promise<{ stop(): Promise<void> }>]>([
    ["Redis", "REDIS_URL", (port) => startRedis({ port })],
    [
      "PostgreSQL",
      "DATABASE_URL",
      (port) => startPostgres({ dir: join(work, "postgres-taken"), durable: false, port }),
    ],
  ])("is named by %s, with what to do", async (name, setting, start) => {
    const port = portOf();
    await expect(start(port)).rejects.toThrow(
      `${name} cannot listen on 127.0.0.1:${port}: another program does. Stop that one, or set ${setting}`,
    );
  });
});

describe("a stack", { timeout: 120_000 }, () => {
  test.each(["SIGKILL", "SIGTERM"] as const)("ends with the process that started it, also by %s", async (signal) => {
    const dataDir = join(work, `stack-${signal}`);
    const starter = startInProcess(dataDir);
    const env = JSON.parse(await starter.firstLine) as { DATABASE_URL: string; REDIS_URL: string };
    expect(await readApplied(env.DATABASE_URL)).not.toEqual([]);
    const info = await command(env.REDIS_URL, (redis) => redis.info("server"));
    const pids = [
      Number(/process_id:(\d+)/.exec(info)?.[1]),
      Number.parseInt(readFileSync(join(dataDir, "postgres/data/postmaster.pid"), "utf8"), 10),
    ];
    expect(pids.map(readCommandLine)).toEqual([expect.stringContaining("redis"), expect.stringContaining("postgres")]);

    starter.kill(signal);
    await vi.waitFor(() => expect(pids.map(readCommandLine)).toEqual([undefined, undefined]), { timeout: 30_000 });
  });

  test("the data belongs to one running process", async () => {
    const dataDir = join(work, "lock");
    const unlock = lockDataDir(dataDir, "vitest");
    const owner = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
    onTestFinished(() => void owner.kill("SIGKILL"));
    await once(owner, "spawn");
    writeFileSync(join(dataDir, "lock"), String(owner.pid));
    expect(() => lockDataDir(dataDir, "setInterval")).toThrow(`process ${owner.pid}`);

    owner.kill("SIGKILL");
    await once(owner, "exit");
    lockDataDir(dataDir, "setInterval");
    expect(readFileSync(join(dataDir, "lock"), "utf8")).toBe(String(process.pid));
    unlock();
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

async function readApplied(url: string): Promise<unknown[]> {
  const rows = await query(url, "SELECT migration_name AS name FROM _prisma_migrations ORDER BY started_at");
  return rows.map(({ name }) => name);
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

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client: PrismaClient = createClient({ url, poolSize: 1 });
  try {
    return await client.$queryRawUnsafe(sql);
  } finally {
    await client.$disconnect();
  }
}

async function command<T>(url: string, send: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { commandTimeout: 1_000, maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on("error", () => {});
  try {
    return await send(redis);
  } finally {
    redis.disconnect();
  }
}

/** A process that does nothing but start a stack, and prints its environment. */
function startInProcess(dataDir: string) {
  const module = JSON.stringify(pathToFileURL(join(import.meta.dirname, "../../tools/local-stack/stack.ts")).href);
  const program = `
    import { startStack } from ${module};
    const stack = await startStack({ dataDir: ${JSON.stringify(dataDir)}, env: {}, durable: false });
    console.log(JSON.stringify(stack.env));
    setInterval(() => {}, 1000);`;
  const args = ["--import", "tsx", "--input-type=module", "--eval", program];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout });
  return {
    firstLine: once(lines, "line").then(([line]) => String(line)),
    kill: (signal: NodeJS.Signals) => child.kill(signal),
  };
}

function uuid(): string {
  return crypto.randomUUID();
}
