import type { Redis } from "../../platform/redis/redis.ts";
import { createRedisScript } from "../../platform/redis/redis-script.ts";
import { liveTextTopic, type LiveTextWire } from "./events.ts";

/**
 * The text of a reply in progress, as Redis holds it: one string, and a hash with the attempt it belongs
 * to, its length in UTF-16 code units, its state, whether a stop was asked for, and when its worker was
 * last heard of. Each script checks the attempt first, so that a worker that has been replaced can
 * change nothing. Losing all of it loses no reply: a writer that finds it gone writes it again, and
 * readers fall back to the database.
 */
export type LiveText = Readonly<{
  attempt: number;
  text: string;
  state: "streaming" | "ended";
  /** Milliseconds since the worker last wrote or said that it is there, by Redis' clock. */
  silence: number;
}>;

/**
 * How a write was taken.
 * `written`; `fenced`: a later attempt owns the text; `stopped`: a stop was asked for, the text stays as it
 * is; `lost`: Redis does not hold what the writer thinks it does; `full`: the text has reached its limit.
 */
export type WriteResult = "written" | "fenced" | "stopped" | "lost" | "full";

/** A reply longer than this is cut off, in bytes of UTF-8. Gemini's longest answers have some 65,000 tokens. */
export const MAX_BYTES = 1024 * 1024;
/** How long the text of a silent attempt is kept, in seconds. */
export const STREAMING_TTL_S = 15 * 60;
/** How long an ended text stays for those who are still reading it, in seconds; then the database serves. */
const ENDED_TTL_S = 60;

const textKey = (replyId: string) => `reply:{${replyId}}:text`;
const metaKey = (replyId: string) => `reply:{${replyId}}:meta`;
const keysOf = (replyId: string) => [textKey(replyId), metaKey(replyId)];

const NOW = `local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)`;

/** Sets the whole text of an attempt: opens it, or restores what Redis lost. */
const writeScript = createRedisScript(`
local attempt = tonumber(ARGV[1])
local meta = redis.call('HMGET', KEYS[2], 'attempt', 'stopped')
local current = tonumber(meta[1] or '0')
if current > attempt then return 'fenced' end
if current == attempt and meta[2] then return 'stopped' end
${NOW}
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[4])
redis.call('HSET', KEYS[2], 'attempt', attempt, 'length', ARGV[3], 'state', 'streaming', 'heard', now)
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('PUBLISH', ARGV[5], ARGV[6])
return 'written'`);

/** Appends at an expected length, so that repeating a write whose answer was lost is harmless. */
const appendScript = createRedisScript(`
local attempt, offset, length = tonumber(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[4])
local meta = redis.call('HMGET', KEYS[2], 'attempt', 'length', 'stopped')
local current = tonumber(meta[1] or '0')
if current > attempt then return 'fenced' end
if current < attempt then return 'lost' end
if meta[3] then return 'stopped' end
${NOW}
redis.call('HSET', KEYS[2], 'heard', now)
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[5])
local known = tonumber(meta[2])
if known == offset + length then return 'written' end
if known ~= offset then return 'lost' end
if redis.call('STRLEN', KEYS[1]) + #ARGV[2] > tonumber(ARGV[6]) then return 'full' end
redis.call('APPEND', KEYS[1], ARGV[2])
redis.call('HSET', KEYS[2], 'length', offset + length)
redis.call('PUBLISH', ARGV[7], ARGV[8])
return 'written'`);

/** Freezes the text of an attempt and hands it out. */
const stopScript = createRedisScript(`
if redis.call('HGET', KEYS[2], 'attempt') ~= ARGV[1] then return false end
redis.call('HSET', KEYS[2], 'stopped', 1)
return redis.call('GET', KEYS[1])`);

/** Says that the database now knows more than the live text. */
const endScript = createRedisScript(`
if redis.call('HGET', KEYS[2], 'attempt') == ARGV[1] then
  redis.call('HSET', KEYS[2], 'state', 'ended')
  redis.call('EXPIRE', KEYS[1], ARGV[2])
  redis.call('EXPIRE', KEYS[2], ARGV[2])
end
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 'written'`);

/** No attempt comes to this number, so that all writes are those of a worker that was replaced. */
const NO_MORE = 2 ** 31 - 1;

/** Forgets the text, and refuses whatever is still written. */
const discardScript = createRedisScript(`
${NOW}
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[2], 'attempt', ARGV[1], 'length', 0, 'state', 'ended', 'heard', now)
redis.call('EXPIRE', KEYS[2], ARGV[2])
return 'written'`);

const readScript = createRedisScript(`
local meta = redis.call('HMGET', KEYS[2], 'attempt', 'state', 'heard')
if not meta[1] then return false end
${NOW}
return { meta[1], meta[2], now - tonumber(meta[3]), redis.call('GET', KEYS[1]) or '' }`);

const channelAndPayload = (replyId: string, wire: LiveTextWire) => [liveTextTopic.name(replyId), JSON.stringify(wire)];

/** Makes `text` the whole live text of this attempt. @throws when Redis is unavailable */
export async function writeLiveText(
  redis: Redis,
  replyId: string,
  attempt: number,
  text: string,
): Promise<WriteResult> {
  const said = channelAndPayload(replyId, { kind: "text", attempt, offset: 0, text });
  const args = [attempt, text, text.length, STREAMING_TTL_S, ...said];
  return (await writeScript(redis, keysOf(replyId), args)) as WriteResult;
}

/** Appends at `offset`; an empty text only says that the worker is there. @throws when Redis is unavailable */
export async function appendLiveText(
  redis: Redis,
  replyId: string,
  part: { attempt: number; offset: number; text: string },
): Promise<WriteResult> {
  const { attempt, offset, text } = part;
  const said = channelAndPayload(replyId, { kind: "text", attempt, offset, text });
  const args = [attempt, text, offset, text.length, STREAMING_TTL_S, MAX_BYTES, ...said];
  return (await appendScript(redis, keysOf(replyId), args)) as WriteResult;
}

/** Refuses further writes of this attempt. @returns the text so far; null when Redis holds none of this attempt */
export async function stopLiveText(redis: Redis, replyId: string, attempt: number): Promise<string | null> {
  return (await stopScript(redis, keysOf(replyId), [attempt])) as string | null;
}

/** Tells readers to look at the database, and lets the live text expire. @throws when Redis is unavailable */
export async function endLiveText(redis: Redis, replyId: string, attempt: number): Promise<void> {
  const said = channelAndPayload(replyId, { kind: "changed", attempt });
  await endScript(redis, keysOf(replyId), [attempt, ENDED_TTL_S, ...said]);
}

/**
 * Forgets the text of a reply that is gone; its worker, if there is one, is fenced off, for as long as a silent one's text
 * would be kept. @throws when Redis is unavailable
 */
export async function discardLiveText(redis: Redis, replyId: string): Promise<void> {
  await discardScript(redis, keysOf(replyId), [NO_MORE, STREAMING_TTL_S]);
}

/** @returns null when Redis holds no text of this reply. @throws when Redis is unavailable */
export async function readLiveText(redis: Redis, replyId: string): Promise<LiveText | null> {
  const found = (await readScript(redis, keysOf(replyId), [])) as [string, LiveText["state"], number, string] | null;
  if (!found) return null;
  const [attempt, state, silence, text] = found;
  return { attempt: Number(attempt), state, silence, text };
}

/** The head of many live texts at once; null where Redis holds none. @throws when Redis is unavailable */
export async function readLiveHeads(
  redis: Redis,
  replyIds: readonly string[],
): Promise<Map<string, { attempt: number; length: number; state: LiveText["state"]; silence: number } | null>> {
  const pipeline = redis.pipeline().time();
  for (const id of replyIds) pipeline.hmget(metaKey(id), "attempt", "length", "state", "heard");
  const [time, ...found] = (await pipeline.exec()) ?? [];
  if (!time || time[0]) throw time?.[0] ?? new Error("Redis answered nothing");
  const [seconds, micros] = time[1] as [string, string];
  const now = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  return new Map(
    replyIds.map((id, index) => {
      const [error, fields] = found[index] ?? [new Error("Redis answered too little"), []];
      if (error) throw error;
      const [attempt, length, state, heard] = fields as (string | null)[];
      if (!attempt || !length || !state || !heard) return [id, null];
      const head = { attempt: Number(attempt), length: Number(length), silence: now - Number(heard) };
      return [id, { ...head, state: state as LiveText["state"] }];
    }),
  );
}
