import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { PrismaPg } from "@prisma/adapter-pg";
import { Redis } from "ioredis";
import { createDatabase as createDatabaseOn, startPostgres } from "../../tools/local-stack/postgres.ts";
import { startRedis } from "../../tools/local-stack/redis.ts";
import { PrismaClient } from "../../src/generated/prisma/client.ts";
import { applyMigrations } from "../../src/platform/postgres/migrations.ts";
import { BENCH, build } from "./build.ts";
import { startProgram, type Program, type ProgramOptions } from "./program.ts";

/** Hears how far a bench has come, and stops it. */
export type Course = Readonly<{ notify: (line: string) => void; abort: AbortSignal }>;

/** What stands before the programs of a bench are started. */
export type Harness = Course &
  Readonly<{
    db: PrismaClient;
    redis: Redis;
    /** Of every program: where all is, that it listens where it likes, and that one user at one address may do all. */
    settings: Readonly<Record<string, string>>;
    pids: Readonly<{ redis: number; postgres: number }>;
    /** Where the compiled programs are. */
    dir: string;
    /** Starts a compiled program, which ends with the harness. */
    run(name: string, file: string, env?: Readonly<Record<string, string>>): Promise<Program>;
    stop(): Promise<void>;
  }>;

/** Gemini's fake, as it is: what compares nothing need not be compiled. */
export const FAKE_GEMINI = join(BENCH, "_support/fake-gemini.ts");

const FLAGS: Readonly<Record<string, readonly string[]>> = {
  // As `npm run start:api` and `npm run start:worker` have it.
  "src/main.js": ["--max-semi-space-size=32"],
  "worker/main.js": ["--max-semi-space-size=32", "--initial-old-space-size=256"],
  [FAKE_GEMINI]: ["--import", "tsx"],
};

/**
 * Compiles the programs, and starts PostgreSQL, durable and with the migrations applied, and Redis.
 *
 * @param bench its folder
 * @throws when a process cannot be started, or the run was aborted; nothing is left running then
 */
export async function startHarness(bench: string, { notify, abort }: Course): Promise<Harness> {
  const stops: (() => unknown)[] = [];
  const stop = async () => {
    for (const stopOne of stops.splice(0).toReversed()) await stopOne();
  };
  const start = async <T extends { stop(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const started = await starting;
    stops.push(() => started.stop());
    abort.throwIfAborted();
    return started;
  };
  async function run(options: ProgramOptions): Promise<Program> {
    const program = await start(startProgram(options));
    // What a process had to say stands beside the numbers: a fault explains them.
    stops.push(() => {
      const { name, complaints } = program;
      if (complaints.length > 0) notify(`${name} complained ${complaints.length} times, first: ${complaints[0]}`);
    });
    return program;
  }
  try {
    notify("Compiling, and starting PostgreSQL and Redis …");
    const data = mkdtempSync(join(tmpdir(), "colloquy-bench-"));
    stops.push(() => rmSync(data, { recursive: true, force: true }));
    const { dir, remove } = await build(bench);
    stops.push(remove);
    const postgres = await start(startPostgres({ dir: join(data, "postgres"), abort }));
    const redisServer = await start(startRedis({ cacheDir: join(BENCH, "../.data/redis"), notify, abort }));
    const databaseUrl = await createDatabaseOn(postgres.url, "bench");
    await applyMigrations(databaseUrl);
    // Without the limits of the product: what fills the database takes longer than a request may.
    const db = new PrismaClient({ adapter: new PrismaPg({ connectionString: databaseUrl, max: 2 }) });
    stops.push(() => db.$disconnect());
    const redis = new Redis(redisServer.url);
    stops.push(() => redis.disconnect());
    return {
      notify,
      abort,
      db,
      redis,
      settings: {
        NODE_ENV: "production",
        OTP_DELIVERY: "log",
        HOST: "127.0.0.1",
        PORT: "0",
        LOG_LEVEL: "info",
        DATABASE_URL: databaseUrl,
        DATABASE_POOL: "10",
        REDIS_URL: redisServer.url,
        JWT_SECRET: "a secret that only benches ever use, and long enough",
        ACCESS_TOKEN_TTL: "4h",
        GEMINI_API_KEY: "bench",
        ...Object.fromEntries(UNLIMITED.map((name) => [name, "0"])),
        BASIC_DAILY_MESSAGES: "1000000",
      },
      pids: { redis: redisServer.pid, postgres: postgres.pid },
      dir,
      run: (name, file, env = {}) => run({ name, file: resolve(dir, file), flags: FLAGS[file] ?? [], env }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const UNLIMITED = [
  "REQUESTS_PER_IP",
  "REQUESTS_PER_USER",
  "SOCKETS_PER_IP",
  "SOCKETS_PER_USER",
  "STREAMS_PER_SESSION",
  "PRO_DAILY_MESSAGES",
];
