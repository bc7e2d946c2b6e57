import type { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startRedis, type RedisServer } from "../scripts/stack/redis.ts";
import { createGate } from "../scripts/stand-ins/gemini-script.ts";
import { createCache, type Cache } from "../src/platform/cache.ts";
import { createLog } from "../src/platform/log.ts";
import { createRedis } from "../src/platform/redis.ts";

let server: RedisServer;
let one: Cache;
let two: Cache;
const log = createLog({ level: "silent", name: "test" });
const connections: Redis[] = [];

/** A cache as a process has it, with a connection of its own. */
async function createProcessCache(): Promise<Cache> {
  const redis = createRedis(server.url, log);
  connections.push(redis);
  await redis.ping();
  return createCache(redis, log);
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

test("of many who ask at once, in two processes, one loads", async () => {
  const key = newKey();
  let loads = 0;
  const load = async () => `load ${(loads += 1)}`;
  const read = await Promise.all(Array.from({ length: 100 }, (_, at) => (at % 2 ? one : two).read(key, load)));
  expect([loads, new Set(read)]).toEqual([1, new Set(["load 1"])]);
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
  // The drop has taken the lease too: nobody waits for the loader from before.
  expect(await one.read(key, async () => "fresh")).toBe("fresh");
  gate.open();
  expect(await stale).toBe("stale");
  expect(await two.read(key, never)).toBe("fresh");
});

test("a load that fails gives the lease back", async () => {
  const key = newKey();
  await expect(one.read(key, never)).rejects.toThrow("loaded again");
  expect(await two.read(key, async () => "loaded")).toBe("loaded");
});
