import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { createDatabase as createDatabaseOn, startPostgres } from "../../tools/local-stack/postgres.ts";
import { startRedis } from "../../tools/local-stack/redis.ts";
import type { PrismaClient } from "../../src/generated/prisma/client.ts";
import { applyMigrations } from "../../src/platform/postgres/migrations.ts";
import { createDatabase } from "../../src/platform/postgres/prisma.ts";
import { build } from "./build.ts";
import { startProgram, type Program, type ProgramOptions } from "./program.ts";

/** What the programs of every bench sign tokens with. */
export const SECRET = "a secret that only benches ever use, and long enough";

/** As `npm run start:worker` has it. */
export const WORKER_FLAGS = ["--max-semi-space-size=32"];

/** What stands before the programs of a bench are started. */
export type Ground = Readonly<{
  db: PrismaClient;
  redis: Redis;
  /** Of every program: where all is, and that it listens where it likes. */
  settings: Readonly<Record<string, string>>;
  pids: Readonly<{ redis: number; postgres: number }>;
  /** Starts one of the compiled programs; it ends with the ground. */
  run(options: Omit<ProgramOptions, "dir">): Promise<Program>;
  stop(): Promise<void>;
}>;

/**
 * Compiles the programs, and starts PostgreSQL, with the migrations applied, and Redis.
 *
 * @param bench its name
 * @throws when a part cannot be had, or it was aborted; nothing is left running then
 */
export async function layGround(
  bench: string,
  { notify, abort }: { notify: (line: string) => void; abort: AbortSignal },
): Promise<Ground> {
  const stops: (() => unknown)[] = [];
  const stop = async () => {
    for (const stopPart of stops.splice(0).toReversed()) await stopPart();
  };
  const start = async <T extends { stop(): Promise<void> }>(part: Promise<T>): Promise<T> => {
    const started = await part;
    stops.push(() => started.stop());
    abort.throwIfAborted();
    return started;
  };
  try {
    notify("Compiling, and starting PostgreSQL and Redis …");
    const data = mkdtempSync(join(tmpdir(), "colloquy-bench-"));
    stops.push(() => rmSync(data, { recursive: true, force: true }));
    const { dir, remove } = await build(bench);
    stops.push(remove);
    const postgres = await start(startPostgres({ dir: join(data, "postgres"), abort }));
    const redisServer = await start(startRedis({ abort }));
    const databaseUrl = await createDatabaseOn(postgres.url, "bench");
    await applyMigrations(databaseUrl);
    const db = createDatabase({ url: databaseUrl, poolSize: 2 });
    stops.push(() => db.$disconnect());
    const redis = new Redis(redisServer.url);
    stops.push(() => redis.disconnect());
    return {
      db,
      redis,
      settings: {
        NODE_ENV: "production",
        OTP_DELIVERY: "log",
        HOST: "127.0.0.1",
        PORT: "0",
        LOG_LEVEL: "info",
        DATABASE_URL: databaseUrl,
        REDIS_URL: redisServer.url,
        JWT_SECRET: SECRET,
      },
      pids: { redis: redisServer.pid, postgres: postgres.pid },
      run: (options) => start(startProgram({ ...options, dir })),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
