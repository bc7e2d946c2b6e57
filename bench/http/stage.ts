import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { createDatabase as createDatabaseOn, startPostgres } from "../../scripts/stack/postgres.ts";
import { startRedis } from "../../scripts/stack/redis.ts";
import { applyMigrations } from "../../src/platform/migrations.ts";
import { createDatabase } from "../../src/platform/prisma.ts";
import { build } from "../_support/build.ts";
import { startProgram, type Program } from "../_support/program.ts";
import { readVersions, type Versions } from "../_support/versions.ts";
import type { SystemName } from "./cases.ts";
import { CONNECTIONS } from "./load.ts";
import { createPeople, type Person } from "./people.ts";
import { createFreshRooms, type FreshRooms } from "./requests.ts";

/** All processes of a run, each a real one. No worker: what is sent stays in the queue. */
export type Stage = Readonly<{
  redis: Redis;
  pids: Readonly<{ redis: number; postgres: number }>;
  versions: Versions;
  people: readonly Person[];
  rooms: FreshRooms;
  servers: Readonly<Record<SystemName, Program>>;
  stop(): Promise<void>;
}>;

const SECRET = "a secret that only benches ever use, and long enough";

/** @throws when a part cannot be had; nothing is left running then */
export async function setStage(options: {
  people: number;
  notify: (line: string) => void;
  abort: AbortSignal;
}): Promise<Stage> {
  const { notify, abort } = options;
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
    const { dir, remove } = await build("http");
    stops.push(remove);
    const postgres = await start(startPostgres({ dir: join(data, "postgres"), abort }));
    const redisServer = await start(startRedis({ abort }));
    const databaseUrl = await createDatabaseOn(postgres.url, "bench");
    await applyMigrations(databaseUrl);
    const db = createDatabase({ url: databaseUrl, poolSize: 2 });
    stops.push(() => db.$disconnect());
    const redis = new Redis(redisServer.url);
    stops.push(() => redis.disconnect());

    const settings = {
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      PORT: "0",
      LOG_LEVEL: "info",
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisServer.url,
      JWT_SECRET: SECRET,
      ACCESS_TOKEN_TTL: "4h",
      // All of them come from one address, and in a hurry.
      REQUESTS_PER_IP: "0",
      REQUESTS_PER_USER: "0",
      PRO_DAILY_MESSAGES: "0",
    };
    notify(`Making ${options.people} people with their rooms …`);
    const people = await createPeople(db, settings, { people: options.people, talkers: CONNECTIONS });
    abort.throwIfAborted();
    const run = (name: string, file: string) => start(startProgram({ name, dir, file, env: settings }));
    const yardstick = (name: string) => run(`${name} server`, `bench/http/programs/${name}-server.js`);
    const [colloquy, yoga, express, apollo, mercurius] = await Promise.all([
      run("API", "src/main.js"),
      yardstick("yoga"),
      yardstick("express"),
      yardstick("apollo"),
      yardstick("mercurius"),
    ]);
    return {
      redis,
      pids: { redis: redisServer.pid, postgres: postgres.pid },
      versions: await readVersions(db, redis),
      people,
      rooms: createFreshRooms(people),
      servers: { colloquy, yoga, express, apollo, mercurius },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
