import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { lockDataDir } from "../../tools/local-stack/data-lock.ts";
import { startPostgres } from "../../tools/local-stack/postgres.ts";
import { startRedis } from "../../tools/local-stack/redis.ts";
import { readCommandLine } from "../../tools/local-stack/running-process.ts";
import { createDatabase as createClient } from "../../src/platform/postgres/prisma.ts";
import { query, readApplied } from "../_support/plain-queries.ts";

let work = "";

beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "colloquy-stack-test-"));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

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
