import { isDriverAdapterError } from "@prisma/driver-adapter-utils";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { applyMigrations } from "../../src/platform/postgres/migrations.ts";
import { startFakeGemini } from "../fakes/gemini/fake-gemini.ts";
import { keepRunning } from "./keep-running.ts";
import { createDatabase, startPostgres } from "./postgres.ts";
import { startRedis } from "./redis.ts";

export type StackOptions = Readonly<{
  /** Keeps the data of all parts; made when it is not there. */
  dataDir: string;
  /**
   * Settings that replace parts of the stack: DATABASE_URL, REDIS_URL, GEMINI_API_KEY, JWT_SECRET. And
   * FAKE_CHUNK_DELAY_MS, for tests: the pace of Gemini's fake, 250 by default.
   */
  env: NodeJS.ProcessEnv;
  /** False trades safety against a crash of the machine for speed. Default true. */
  durable?: boolean;
  log?: (line: string) => void;
  /** Aborting it ends the start, and what has been started. */
  abort?: AbortSignal | undefined;
}>;

export type StackEnv = Readonly<{
  DATABASE_URL: string;
  REDIS_URL: string;
  JWT_SECRET: string;
  GEMINI_API_KEY: string;
  GEMINI_BASE_URL?: string;
}>;

export type Stack = Readonly<{
  /** To be added to the environment of API and worker processes. */
  env: StackEnv;
  /** Which parts are the stack's own, and not somebody else's that the settings name. */
  own: Readonly<{ postgres: boolean; redis: boolean; gemini: boolean }>;
  /** Ends its own parts, the last one first. */
  stop(): Promise<void>;
}>;

const DATABASE = "colloquy";
const FAKE_KEY = "local-fake";
/** The fake's replies have some 35 chunks: at this pace they take some 9 s, time enough to watch one. */
const WATCHABLE_DELAY_MS = 250;

/**
 * Starts what Colloquy's processes need and applies the migrations. A server that ends by itself is started again on
 * the same port; all of them end with this process.
 *
 * @throws when a part cannot be had; nothing is left running then
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, env, log = () => {} } = options;
  // What has been started ends by `stop`, in order, and no longer by the signal.
  const starting = new AbortController();
  const abortStart = () => starting.abort();
  options.abort?.addEventListener("abort", abortStart, { once: true });
  const stops: Stops = [];
  const stop = async () => {
    for (const stopPart of stops.splice(0).toReversed()) await stopPart();
  };
  try {
    mkdirSync(dataDir, { recursive: true });
    const secret = env["JWT_SECRET"] || readSecret(join(dataDir, "jwt-secret"));
    const [databaseUrl, redisUrl] = await allOrFault([
      env["DATABASE_URL"] || startOwnPostgres(options, stops, starting.signal),
      env["REDIS_URL"] || startOwnRedis(options, stops, starting.signal),
    ]);
    for (const name of await applyMigrations(databaseUrl)) log(`Applied the migration ${name}`);
    options.abort?.throwIfAborted();
    const chunkDelayMs = Number(env["FAKE_CHUNK_DELAY_MS"] || WATCHABLE_DELAY_MS);
    const gemini = env["GEMINI_API_KEY"] ? {} : await startGemini(stops, chunkDelayMs);
    return {
      env: {
        DATABASE_URL: databaseUrl,
        REDIS_URL: redisUrl,
        JWT_SECRET: secret,
        GEMINI_API_KEY: env["GEMINI_API_KEY"] || FAKE_KEY,
        ...gemini,
      },
      own: { postgres: !env["DATABASE_URL"], redis: !env["REDIS_URL"], gemini: !env["GEMINI_API_KEY"] },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    options.abort?.removeEventListener("abort", abortStart);
  }
}

type Stops = (() => Promise<void>)[];

async function startOwnPostgres(options: StackOptions, stops: Stops, abort: AbortSignal): Promise<string> {
  const { dataDir, durable = true, log } = options;
  const dir = join(dataDir, "postgres");
  const start = (port?: number) => startPostgres({ dir, durable, abort, ...(port !== undefined && { port }) });
  const { first, stop } = await keepRunning("PostgreSQL", start, { log, abort });
  stops.push(stop);
  try {
    return await createDatabase(first.url, DATABASE);
  } catch (error) {
    if (!isDriverAdapterError(error) || error.cause.kind !== "DatabaseAlreadyExists") throw error;
    return first.url.replace(/[^/]+$/, DATABASE);
  }
}

async function startOwnRedis(options: StackOptions, stops: Stops, abort: AbortSignal): Promise<string> {
  const { dataDir, log } = options;
  const cacheDir = join(dataDir, "redis");
  const shared = { dir: join(cacheDir, "data"), cacheDir, appendOnly: true, notify: log, abort };
  const start = (port?: number) => startRedis({ ...shared, ...(port !== undefined && { port }) });
  const { first, stop } = await keepRunning("Redis", start, { log, abort });
  stops.push(stop);
  return first.url;
}

async function startGemini(stops: Stops, chunkDelayMs: number): Promise<{ GEMINI_BASE_URL: string }> {
  const { url, close } = await startFakeGemini({ chunkDelayMs });
  stops.push(close);
  return { GEMINI_BASE_URL: url };
}

/** Signs the access tokens of all API processes, and those of the next start too. */
function readSecret(file: string): string {
  if (!existsSync(file)) writeFileSync(file, randomBytes(48).toString("base64url"), { mode: 0o600 });
  return readFileSync(file, "utf8");
}

/** Unlike `Promise.all` it waits for all of them also when one fails, so that nothing starts behind one's back. */
async function allOrFault<const T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [I in keyof T]: Awaited<T[I]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
