import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLogger } from "../../platform/logger.ts";
import { startRedis, type RedisServer } from "../../../tools/local-stack/redis.ts";
import { liveMetaKey, liveTextKey } from "./live-keys.ts";
import { createRunningTextLoader } from "./load-running-texts.ts";

const logger = createLogger({ level: "silent", name: "test" });
let server: RedisServer;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url);
  await redis.ping();
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

async function store(id: string, attempt: number, text: string, state = "streaming"): Promise<void> {
  await redis.hset(liveMetaKey(id), { attempt, state });
  await redis.set(liveTextKey(id), text);
}

test("texts are of the attempt that is asked for", async () => {
  await store("a", 2, "the second");
  const loader = createRunningTextLoader({ redis, logger });
  const asked = [1, 2, 3].map((attempt) => ({ id: "a", attempt }));
  expect(await loader.loadMany([...asked, { id: "unknown", attempt: 1 }])).toEqual(["", "the second", "", ""]);
});

test("an attempt that has ended has none: the reply is tried again", async () => {
  await store("c", 1, "half", "ended");
  expect(await createRunningTextLoader({ redis, logger }).load({ id: "c", attempt: 1 })).toBe("");
});

test("an answer has ten of them at most", async () => {
  await store("a", 1, "text");
  const loader = createRunningTextLoader({ redis, logger });
  const asked = Array.from({ length: 8 }, () => ({ id: "a", attempt: 1 }));
  const texts = [...(await loader.loadMany(asked)), ...(await loader.loadMany(asked))];
  expect(texts.filter((text) => text === "text")).toHaveLength(10);
});

test("without Redis, or with one that refuses, texts are empty", async () => {
  const lost = new Redis({ lazyConnect: true });
  expect(await createRunningTextLoader({ redis: lost, logger }).load({ id: "a", attempt: 1 })).toBe("");
  lost.disconnect();
  await redis.set(liveMetaKey("b"), "no hash");
  expect(await createRunningTextLoader({ redis, logger }).load({ id: "b", attempt: 1 })).toBe("");
});
