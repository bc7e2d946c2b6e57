import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startRedis, type RedisServer } from "../../tools/local-stack/redis.ts";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { createCache, type Cache } from "../../src/platform/redis/cache.ts";
import { createLogger } from "../../src/platform/logger.ts";
import { createRedis } from "../../src/platform/redis/redis.ts";

let server: RedisServer;
let one: Cache;
let two: Cache;
const logger = createLogger({ level: "silent", name: "test" });
const connections: Redis[] = [];

/** A cache as a process has it, with a connection of its own. */
async function createProcessCache(): Promise<Cache> {
  const redis = createRedis(server.url, logger);
  connections.push(redis);
  await redis.ping();
  return createCache(redis, logger);
}

beforeAll(async () => {
  server = await startRedis();
  [one, two] = await Promise.all([createProcessCache(), createProcessCache()]);
});
afterAll(async () => {
  for (const cache of [one, two]) cache.close();
  for (const connection of connections) connection.disconnect();
  await server.stop();
});

let groups = 0;
const newKey = () => ({ group: `g${(groups += 1)}`, entry: "page" });
const never = () => Promise.reject(new Error("loaded again"));

test("what one process has loaded the other one reads, until it is dropped", async () => {
  const key = newKey();
  expect(await one.read(key, async () => "first")).toBe("first");
  expect(await two.read(key, never)).toBe("first");
  await two.drop(key.group);
  expect(await one.read(key, async () => "second")).toBe("second");
});

test("of many who ask at once, one in each process loads", async () => {
  const key = newKey();
  const [begun, gate] = [createGate(), createGate()];
  const loads: string[] = [];
  const load = (name: string) => async () => {
    loads.push(name);
    if (loads.length === 2) begun.open();
    await gate.opened;
    return "loaded";
  };
  const read = Array.from({ length: 100 }, (_, at) => (at % 2 ? one : two).read(key, load(at % 2 ? "one" : "two")));
  await begun.opened;
  gate.open();
  expect(new Set(await Promise.all(read))).toEqual(new Set(["loaded"]));
  expect(loads.toSorted()).toEqual(["one", "two"]);
});

test("what was read before a drop is not kept after it", async () => {
  const key = newKey();
  const [begun, gate] = [createGate(), createGate()];
  const stale = one.read(key, async () => {
    begun.open();
    await gate.opened;
    return "stale";
  });
  await begun.opened;
  await two.drop(key.group);
  // The drop has ended the generation too: nobody waits for the loader from before.
  expect(await one.read(key, async () => "fresh")).toBe("fresh");
  gate.open();
  expect(await stale).toBe("stale");
  // It has not written over the fresh entry.
  expect(await two.read(key, never)).toBe("fresh");
});

test("what was dropped while it was loaded does not stay in Redis, read or not", async () => {
  const key = newKey();
  await one.read(key, async () => {
    await two.drop(key.group);
    return "the words of somebody who has left";
  });
  const [redis] = connections;
  expect(JSON.stringify(await redis?.hgetall(`cache:${key.group}`))).not.toContain("words");
});

test("after a load that fails the next one loads", async () => {
  const key = newKey();
  await expect(one.read(key, never)).rejects.toThrow("loaded again");
  expect(await two.read(key, async () => "loaded")).toBe("loaded");
});

test("a group holds so many entries, and a fresh generation takes new ones", async () => {
  const { group } = newKey();
  const read = (entry: string, load: () => Promise<string>) => one.read({ group, entry }, load);
  for (let entry = 0; entry < 8; entry += 1) await read(`e${entry}`, async () => "cached");
  await read("one too many", async () => "loaded");
  await expect(read("one too many", never)).rejects.toThrow("loaded again");
  expect(await read("e0", never)).toBe("cached");
  await two.drop(group);
  await read("one too many", async () => "cached now");
  expect(await read("one too many", never)).toBe("cached now");
});

test("an entry that is longer than what is cached is loaded each time", async () => {
  const key = newKey();
  await one.read(key, async () => "x".repeat(64 * 1024 + 1));
  expect(await two.read(key, async () => "again")).toBe("again");
});

test("every hash of the cache has an end, and a loader from before a drop writes none", async () => {
  const key = newKey();
  const [begun, gate] = [createGate(), createGate()];
  const ttl = () => connections[0]!.ttl(`cache:${key.group}`);
  const stale = one.read(key, async () => {
    begun.open();
    await gate.opened;
    return "stale";
  });
  await begun.opened;
  expect(await ttl()).toBeGreaterThan(0);
  await two.drop(key.group);
  gate.open();
  await stale;
  // No hash.
  expect(await ttl()).toBe(-2);
  await two.read(key, async () => "fresh");
  expect(await ttl()).toBeGreaterThan(0);
  expect(await ttl()).toBeLessThanOrEqual(300);
});
