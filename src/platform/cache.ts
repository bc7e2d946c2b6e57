import { randomUUID } from "node:crypto";
import type { Log } from "./log.ts";
import { createRedisScript } from "./redis-script.ts";
import type { Redis } from "./redis.ts";
import { delay, withTimeout } from "./timing.ts";

/** What is kept for a group of readers, and dropped together. Both names become part of a key in Redis. */
export type CacheKey = Readonly<{ group: string; entry: string }>;

export type Cache = Readonly<{
  /**
   * The entry, or what `load` returns, which is then kept. Of all who ask at once, in all processes, one loads; should
   * that take more than a second, one in each process. What was read before a drop is never kept after it. Without
   * Redis everybody loads.
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
/** A loader that has not come back by then is taken for dead, in milliseconds. */
const LEASE_MS = 3_000;
/** Who waits for another process's loader looks again after this time, and gives up after that. */
const LOOK_AGAIN_MS = 10;
const WAIT_LIMIT_MS = 1_000;
/** Redis answers by then or is passed by, for as long as `PASS_BY_MS`. */
const ANSWER_LIMIT_MS = 250;
const PASS_BY_MS = 1_000;
/** Drops that Redis has not taken are tried again after this time. */
const DROP_AGAIN_MS = 500;
/** Entries of a group; more are not kept. */
const MAX_ENTRIES = 8;
/** Longer entries are not kept, in UTF-16 code units. */
const MAX_LENGTH = 64 * 1024;

/** Marks in front of what a field holds: an entry, or the lease of the one who loads it. */
const [ENTRY, LEASE] = ["=", "?"];

/**
 * Takes the lease, unless there is an entry or another's lease that is still good. A dropped group has no leases: whoever
 * loads then keeps nothing. KEYS: group. ARGV: entry, token, lease in ms, entries at most, TTL in s.
 * Returns what the field holds, or false where there is no room for it.
 */
const takeLease = createRedisScript(`
local held = redis.call("HGET", KEYS[1], ARGV[1])
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if held then
  if string.sub(held, 1, 1) == "${ENTRY}" then return held end
  if tonumber(string.match(held, "^.(%d+)")) > now then return held end
elseif redis.call("HLEN", KEYS[1]) >= tonumber(ARGV[4]) then
  return false
end
local lease = "${LEASE}" .. string.format("%d", now + ARGV[3]) .. " " .. ARGV[2]
redis.call("HSET", KEYS[1], ARGV[1], lease)
if redis.call("TTL", KEYS[1]) < 0 then redis.call("EXPIRE", KEYS[1], ARGV[5]) end
return lease`);

/** Puts an entry in the place of the lease, if that still stands; without one the lease is given back. KEYS: group. ARGV: entry, lease, value or "". */
const endLease = createRedisScript(`
if redis.call("HGET", KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
if ARGV[3] == "" then return redis.call("HDEL", KEYS[1], ARGV[1]) end
redis.call("HSET", KEYS[1], ARGV[1], ARGV[3])
return 1`);

/**
 * A cache in Redis: a hash for each group. Leases (as in "Scaling Memcache at Facebook", NSDI 2013) make one reader the
 * loader, and refuse what was loaded before a drop.
 */
export function createCache(redis: Redis, log: Log): Cache {
  /** What this process does about a lease, its own or another's: all who have met the lease share the outcome. */
  const shared = new Map<string, Promise<string>>();
  /** Groups that Redis has yet to drop, and until when they may have entries. */
  const owed = new Map<string, Debt>();
  let passByUntil = 0;
  let timer: NodeJS.Timeout | undefined;

  /** @returns undefined when Redis is away */
  async function ask<T>(command: () => Promise<T>): Promise<T | undefined> {
    if (redis.status !== "ready" || Date.now() < passByUntil) return undefined;
    try {
      return await withTimeout(command(), ANSWER_LIMIT_MS, "Redis does not answer the cache");
    } catch (error) {
      passByUntil = Date.now() + PASS_BY_MS;
      log.warn({ err: error }, "the cache is passed by");
      return undefined;
    }
  }

  async function read(key: CacheKey, load: () => Promise<string>, giveUpAt: number): Promise<string> {
    if (owed.has(key.group) || Date.now() >= giveUpAt) return load();
    const entry = await ask(() => redis.hget(keyOf(key.group), key.entry));
    if (entry?.startsWith(ENTRY)) return entry.slice(ENTRY.length);
    const token = randomUUID();
    const args = [key.entry, token, LEASE_MS, MAX_ENTRIES, TTL_S];
    const held = await ask(() => takeLease(redis, [keyOf(key.group)], args));
    if (typeof held !== "string") return load();
    if (held.startsWith(ENTRY)) return held.slice(ENTRY.length);
    const known = shared.get(held);
    if (known) return known;
    const work = held.endsWith(token) ? loadUnder(held, key, load) : follow(held, key, load, giveUpAt);
    const outcome = work.finally(() => shared.delete(held));
    shared.set(held, outcome);
    return outcome;
  }

  async function loadUnder(lease: string, { group, entry }: CacheKey, load: () => Promise<string>): Promise<string> {
    let kept = "";
    try {
      const value = await load();
      if (value.length <= MAX_LENGTH) kept = ENTRY + value;
      return value;
    } finally {
      await ask(() => endLease(redis, [keyOf(group)], [entry, lease, kept]));
    }
  }

  /** Waits until another process's lease is gone, one way or the other, and reads again. */
  async function follow(lease: string, key: CacheKey, load: () => Promise<string>, giveUpAt: number): Promise<string> {
    let held: string | null | undefined = lease;
    while (held === lease && Date.now() < giveUpAt) {
      await delay(LOOK_AGAIN_MS);
      held = await ask(() => redis.hget(keyOf(key.group), key.entry));
    }
    if (held === lease || held === undefined) return load();
    shared.delete(lease);
    return read(key, load, giveUpAt);
  }

  async function settle(group: string, debt: Debt): Promise<void> {
    if (redis.status !== "ready") return settleLater();
    const sent = redis.unlink(keyOf(group)).then(() => owed.get(group) === debt && owed.delete(group));
    // It goes out also while Redis is passed by: only the wait for its answer is saved.
    sent.catch(() => {});
    if ((await ask(() => sent)) === undefined) settleLater();
  }

  function settleLater(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      for (const [group, debt] of owed) {
        if (debt.until < Date.now()) owed.delete(group);
        else void settle(group, debt);
      }
    }, DROP_AGAIN_MS).unref();
  }

  return {
    read: (key, load) => read(key, load, Date.now() + WAIT_LIMIT_MS),
    async drop(group) {
      const debt = { until: Date.now() + TTL_S * 1_000 };
      owed.set(group, debt);
      await settle(group, debt);
    },
    close() {
      clearTimeout(timer);
      owed.clear();
    },
  };
}

type Debt = Readonly<{ until: number }>;

const keyOf = (group: string): string => `cache:${group}`;
