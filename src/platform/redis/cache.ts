import { randomUUID } from "node:crypto";
import type { Logger } from "../logger.ts";
import type { Redis } from "./redis.ts";
import { createRedisScript } from "./redis-script.ts";
import { delay, withTimeout } from "../timing.ts";

/** A cache group: entries that are dropped together. Both names become part of a key in Redis. */
export type CacheKey = Readonly<{ group: string; entry: string }>;

export type Cache = Readonly<{
  /**
   * Returns the entry, or the result of `load`, which is then cached. Of concurrent calls in a process one loads. An
   * entry that was loaded before a drop is never read after it. Without Redis every call loads.
   */
  read(key: CacheKey, load: () => Promise<string>): Promise<string>;
  /**
   * Drops all entries of a group; called after the commit of what changes them. Never fails, and waits for a quarter of
   * a second at most: what Redis does not take now it gets later, and until then this process reads none of the group.
   */
  drop(group: string): Promise<void>;
  close(): void;
}>;

/** An entry lives no longer than this, in seconds. */
const TTL_S = 5 * 60;
/** Without an answer in this time, Redis is bypassed for `BYPASS_MS`. */
const ANSWER_LIMIT_MS = 250;
const BYPASS_MS = 1_000;
/** Drops that Redis has not taken are tried again after this time. */
const DROP_AGAIN_MS = 500;
/** Entries of a group; more are not cached. */
const MAX_ENTRIES = 8;
/** Longer entries are not cached, in UTF-16 code units. */
const MAX_LENGTH = 64 * 1024;

/** The field of a group's hash that holds its generation. No entry has this name. */
const GENERATION = "generation";

/** KEYS: the group's hash. ARGV: an entry, a name for a new generation, `TTL_S`. @returns the generation and the entry */
const find = createRedisScript(`
local found = redis.call("HMGET", KEYS[1], "${GENERATION}", ARGV[1])
if not found[1] then
  found[1] = ARGV[2]
  redis.call("HSET", KEYS[1], "${GENERATION}", ARGV[2])
  redis.call("EXPIRE", KEYS[1], ARGV[3], "NX")
end
return found`);

/** KEYS: the group's hash. ARGV: an entry, the generation that it was loaded under, `MAX_ENTRIES`, the value. */
const store = createRedisScript(`
if redis.call("HGET", KEYS[1], "${GENERATION}") ~= ARGV[2] or redis.call("HLEN", KEYS[1]) > tonumber(ARGV[3]) then return end
redis.call("HSET", KEYS[1], ARGV[1], ARGV[2] .. ARGV[4])`);

/**
 * A cache in Redis: a hash for each group. It holds the group's generation, a random name, and each entry begins with
 * the generation that its reader found before it loaded. A drop deletes the hash, so the next reader starts a new
 * generation, and what was loaded under the old one is not stored.
 */
export function createCache(redis: Redis, logger: Logger): Cache {
  /** Loads under way in this process, by group, entry and generation. */
  const loads = new Map<string, Promise<string>>();
  /** Groups that Redis has yet to drop, with the latest drop of each. */
  const pendingDrops = new Map<string, symbol>();
  const closing = new AbortController();
  let bypassUntil = 0;

  /** @returns undefined when Redis is unavailable */
  async function ask<T>(command: () => Promise<T>): Promise<T | undefined> {
    if (redis.status !== "ready" || Date.now() < bypassUntil) return undefined;
    try {
      return await withTimeout(command(), ANSWER_LIMIT_MS, "Redis does not answer the cache");
    } catch (error) {
      bypassUntil = Date.now() + BYPASS_MS;
      logger.warn({ err: error }, "the cache is bypassed");
      return undefined;
    }
  }

  async function read(key: CacheKey, load: () => Promise<string>): Promise<string> {
    if (pendingDrops.has(key.group)) return load();
    const found = await ask(() => find(redis, [keyOf(key.group)], [key.entry, randomUUID(), TTL_S]));
    if (!found) return load();
    const [generation, entry] = found as [string, string | null];
    // An older process may have stored an entry of another generation.
    if (entry?.startsWith(generation)) return entry.slice(generation.length);
    return loadOnce(key, generation, load);
  }

  function loadOnce(key: CacheKey, generation: string, load: () => Promise<string>): Promise<string> {
    const name = `${key.group} ${key.entry} ${generation}`;
    const known = loads.get(name);
    if (known) return known;
    const loading = loadAndStore(key, generation, load).finally(() => loads.delete(name));
    loads.set(name, loading);
    return loading;
  }

  async function loadAndStore(key: CacheKey, generation: string, load: () => Promise<string>): Promise<string> {
    const value = await load();
    const args = [key.entry, generation, MAX_ENTRIES, value];
    if (value.length <= MAX_LENGTH) await ask(() => store(redis, [keyOf(key.group)], args));
    return value;
  }

  /** Deletes the hash as soon as Redis takes that; after `TTL_S` its entries have ended by themselves. */
  async function deleteGroup(group: string): Promise<void> {
    const drop = Symbol(group);
    const until = Date.now() + TTL_S * 1_000;
    pendingDrops.set(group, drop);
    while (pendingDrops.get(group) === drop && !closing.signal.aborted) {
      const done = await redis.unlink(keyOf(group)).then(
        () => true,
        () => Date.now() >= until,
      );
      if (done && pendingDrops.get(group) === drop) pendingDrops.delete(group);
      if (!done) await delay(DROP_AGAIN_MS, closing.signal);
    }
  }

  return {
    read,
    async drop(group) {
      await withTimeout(deleteGroup(group), ANSWER_LIMIT_MS, "Redis does not take a drop").catch(() => {});
    },
    close() {
      closing.abort();
      pendingDrops.clear();
    },
  };
}

const keyOf = (group: string): string => `cache:${group}`;
