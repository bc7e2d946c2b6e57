import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { lockDataDir } from "../local-stack/data-lock.ts";
import { findRedisProgram } from "../local-stack/redis-program.ts";
import { startStack, type Stack } from "../local-stack/stack.ts";

const DATA_DIR = ".data/demo";
/** Demos that can run at the same time. */
const MAX_FOLDERS = 10;

type Options = Readonly<{ env: NodeJS.ProcessEnv; notify: (line: string) => void; abort: AbortSignal }>;

/**
 * Starts PostgreSQL, Redis and, without a GEMINI_API_KEY, Gemini's fake for one demo alone. It leaves the database
 * of DATABASE_URL be; REDIS_URL is for machines on which no Redis can be started.
 *
 * @throws when a part cannot be had; nothing is left running then
 */
export async function startOwnStack({ env, notify, abort }: Options): Promise<Stack> {
  const { dataDir, unlock } = takeDataDir();
  try {
    const redisUrl = await findForeignRedis(join(dataDir, "redis"), { env, notify, abort });
    const { GEMINI_API_KEY, FAKE_CHUNK_DELAY_MS } = env;
    const settings = { GEMINI_API_KEY, FAKE_CHUNK_DELAY_MS, REDIS_URL: redisUrl };
    const leftovers = [join(dataDir, "postgres"), join(dataDir, "redis/data")].filter((folder) => existsSync(folder));
    const start = () => startStack({ dataDir, env: settings, durable: false, abort });
    const stack = await start().catch((error: unknown) => {
      // What an earlier demo left may come from other migrations or another PostgreSQL. Nobody needs it.
      if (abort.aborted || leftovers.length === 0) throw error;
      for (const folder of leftovers) rmSync(folder, { recursive: true, force: true });
      return start();
    });
    return {
      ...stack,
      async stop() {
        await stack.stop();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** @returns undefined when a Redis can be started here */
async function findForeignRedis(cacheDir: string, { env, notify, abort }: Options): Promise<string | undefined> {
  try {
    await findRedisProgram(cacheDir, { notify, abort });
    return undefined;
  } catch (error) {
    if (!env["REDIS_URL"]) throw error;
    return env["REDIS_URL"];
  }
}

function takeDataDir(): { dataDir: string; unlock: () => void } {
  for (let number = 1; ; number += 1) {
    const dataDir = number === 1 ? DATA_DIR : `${DATA_DIR}-${number}`;
    try {
      return { dataDir, unlock: lockDataDir(dataDir, "tools/demo.ts") };
    } catch (error) {
      if (number === MAX_FOLDERS) throw error;
    }
  }
}
