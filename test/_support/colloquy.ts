import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { inject } from "vitest";
import { startRedis, type RedisServer } from "../../tools/local-stack/redis.ts";
import { startFakeGemini, type FakeGemini } from "../../tools/fakes/gemini/fake-gemini.ts";
import { createDatabase, type Database } from "../../src/platform/postgres/prisma.ts";
import { createTestClient, type TestClient } from "./client.ts";
import { createTestDatabase } from "./databases.ts";
import { startTestProcess, type TestProcess } from "./processes.ts";

/** A whole Colloquy on real parts: its own database and Redis, API and worker processes, and Gemini's fake. */
export type Colloquy = Readonly<{
  gemini: FakeGemini;
  /** The settings of every process. */
  env: Readonly<Record<string, string>>;
  redis: RedisServer;
  /** To look at, and to set up what no operation offers. */
  db: Database;
  apis: readonly TestProcess[];
  workers: readonly TestProcess[];
  /** A client of the first API, not signed in, unless another one is named. */
  client(api?: TestProcess): TestClient;
  /** A client that has signed in with a new phone number. */
  signIn(api?: TestProcess): Promise<TestClient>;
  /** The same user with the same session on another API: the second one, unless another is named. */
  elsewhere(client: TestClient, api?: TestProcess): TestClient;
  /** Resolves when that many processes listen on a channel of Redis. */
  whenSubscribed(channel: string, processes?: number): Promise<void>;
  startApi(env?: Record<string, string>): Promise<TestProcess>;
  startWorker(env?: Record<string, string>): Promise<TestProcess>;
  close(): Promise<void>;
}>;

export type ColloquyOptions = Readonly<{
  apis?: number;
  workers?: number;
  /** Added to the settings of every process. */
  env?: Record<string, string>;
  /** A PostgreSQL other than the one all tests share, for those who harm it. */
  databaseUrl?: string;
}>;

const SUBSCRIBED_LIMIT_MS = 30_000;
const ASK_AGAIN_MS = 5;
/** What the APIs sign access tokens with. */
export const SECRET = "a secret that only tests ever use and long enough";

export async function startColloquy(options: ColloquyOptions = {}): Promise<Colloquy> {
  const ground = await layGround(options);
  const { gemini, redis, db, drop } = ground;
  const colloquy = openColloquy(ground, { apis: [], workers: [] }, async () => {
    await db.$disconnect();
    await Promise.all([gemini.close(), redis.stop(), drop()]);
  });
  await Promise.all([
    ...Array.from({ length: options.apis ?? 1 }, () => colloquy.startApi()),
    ...Array.from({ length: options.workers ?? 1 }, () => colloquy.startWorker()),
  ]);
  return colloquy;
}

/** What the processes of a Colloquy stand on. */
export type Ground = Pick<Colloquy, "gemini" | "env" | "redis" | "db"> & Readonly<{ drop(): Promise<void> }>;

/** Starts what processes need, and none of them. */
export async function layGround({ env, databaseUrl }: Pick<ColloquyOptions, "env" | "databaseUrl">): Promise<Ground> {
  const [gemini, redis, database] = await Promise.all([
    startFakeGemini({ chunkDelayMs: 5 }),
    mkdtemp(join(inject("dataDir"), "redis-")).then((dir) => startRedis({ dir })),
    databaseUrl === undefined ? createTestDatabase(inject("postgresUrl")) : { url: databaseUrl, drop: async () => {} },
  ]);
  return {
    gemini,
    redis,
    db: createDatabase({ url: database.url, poolSize: 2 }),
    drop: database.drop,
    env: {
      NODE_ENV: "test",
      PORT: "0",
      LOG_LEVEL: "info",
      DRAIN: "0s",
      DATABASE_URL: database.url,
      DATABASE_POOL: "5",
      REDIS_URL: redis.url,
      JWT_SECRET: SECRET,
      OTP_DELIVERY: "response",
      // All tests come from one address.
      OTP_PER_IP: "0",
      REQUESTS_PER_IP: "0",
      REQUESTS_PER_USER: "0",
      SOCKETS_PER_IP: "0",
      SOCKETS_PER_USER: "0",
      STREAMS_PER_SESSION: "0",
      BASIC_DAILY_MESSAGES: "1000",
      // Most tests count what Gemini is asked.
      GENERATED_TITLES: "false",
      GENERATED_SUMMARIES: "false",
      // A failed try costs no time.
      MODEL_RETRY_BASE: "5ms",
      GEMINI_API_KEY: "test-key",
      GEMINI_BASE_URL: gemini.url,
      ...env,
    },
  };
}

/**
 * A Colloquy on a ground and on processes that are there already.
 *
 * @param release what follows when its clients, and the processes that it has started itself, are gone
 */
export function openColloquy(
  { gemini, env, redis, db }: Ground,
  present: Readonly<{ apis: readonly TestProcess[]; workers: readonly TestProcess[] }>,
  release: () => Promise<void>,
): Colloquy {
  const apis = [...present.apis];
  const workers = [...present.workers];
  const started: TestProcess[] = [];
  const clients: TestClient[] = [];

  async function start(
    entry: "src/main.js" | "worker/main.js",
    list: TestProcess[],
    more: Record<string, string> = {},
  ): Promise<TestProcess> {
    const made = await startTestProcess(entry, inject("buildDir"), { ...env, ...more });
    list.push(made);
    started.push(made);
    return made;
  }
  function client(api: TestProcess | undefined = apis[0]): TestClient {
    if (!api) throw new Error("no API was started");
    const made = createTestClient(`http://127.0.0.1:${api.port}/graphql`);
    clients.push(made);
    return made;
  }

  return {
    gemini,
    env,
    redis,
    db,
    apis,
    workers,
    client,
    async signIn(api) {
      const made = client(api);
      await made.signIn();
      return made;
    },
    elsewhere(signedIn, api = apis[1]) {
      const made = client(api);
      made.useToken(signedIn.token());
      return made;
    },
    whenSubscribed: (channel, processes = 1) => waitForSubscribers(redis.url, channel, processes),
    startApi: (more) => start("src/main.js", apis, more),
    startWorker: (more) => start("worker/main.js", workers, more),
    async close() {
      await Promise.all(clients.map((each) => each.close()));
      await Promise.all(started.map((each) => each.kill().catch(() => {})));
      await release();
    },
  };
}

/** Redis tells nobody of a new subscriber, so it is asked. */
async function waitForSubscribers(redisUrl: string, channel: string, processes: number): Promise<void> {
  const redis = new Redis(redisUrl);
  try {
    const giveUpAt = Date.now() + SUBSCRIBED_LIMIT_MS;
    while (Date.now() < giveUpAt) {
      const [, subscribers] = (await redis.pubsub("NUMSUB", channel)) as [string, number];
      if (subscribers >= processes) return;
      await delay(ASK_AGAIN_MS);
    }
    throw new Error(`nobody subscribed to ${channel}`);
  } finally {
    redis.disconnect();
  }
}
