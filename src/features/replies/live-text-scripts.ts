import { createRedisScript } from "../../platform/redis/redis-script.ts";

/**
 * What happens to a live text, a script a step. All take the keys of `keysOf`: text, meta, thought, activities. Each checks the
 * attempt first, so that a worker that has been replaced can change nothing.
 *
 * `thoughtLength` and `activities` of the meta hash say that the keys of those names are this attempt's: a worker that knows
 * no thoughts writes neither, and leaves the keys of an attempt before it as they are.
 */

const NOW = `local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)`;

/** Reads the meta hash, and goes on for an attempt that may be appended to. */
const OPEN_FOR_APPEND = `
local attempt = tonumber(ARGV[1])
local meta = redis.call('HMGET', KEYS[2], 'attempt', 'stopped', 'length', 'thoughtLength', 'activities')
local current = tonumber(meta[1] or '0')
if current > attempt then return 'fenced' end
if current < attempt then return 'lost' end
if meta[2] then return 'stopped' end
${NOW}`;

/**
 * Sets all of an attempt: opens it, or restores what Redis lost.
 * ARGV: attempt, text, its length, thought, its length, life, two pairs of channel and payload, activities.
 */
export const writeScript = createRedisScript(`
local attempt = tonumber(ARGV[1])
local meta = redis.call('HMGET', KEYS[2], 'attempt', 'stopped')
local current = tonumber(meta[1] or '0')
if current > attempt then return 'fenced' end
if current == attempt and meta[2] then return 'stopped' end
${NOW}
local life, activities = ARGV[6], #ARGV - 10
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4])
redis.call('SET', KEYS[1], ARGV[2], 'EX', life)
if ARGV[4] ~= '' then redis.call('SET', KEYS[3], ARGV[4], 'EX', life) end
for i = 11, #ARGV do redis.call('RPUSH', KEYS[4], ARGV[i]) end
if activities > 0 then redis.call('EXPIRE', KEYS[4], life) end
redis.call('HSET', KEYS[2], 'attempt', attempt, 'length', ARGV[3], 'thoughtLength', ARGV[5], 'activities', activities,
  'state', 'streaming', 'heard', now)
redis.call('EXPIRE', KEYS[2], life)
redis.call('PUBLISH', ARGV[7], ARGV[8])
if ARGV[10] ~= '' then redis.call('PUBLISH', ARGV[9], ARGV[10]) end
return 'written'`);

/**
 * Appends to all three at their expected ends, or to none, so that repeating a write whose answer was lost is harmless.
 * ARGV: attempt; text, its offset, its length; thought, its offset, its length; number of activities before; life; limits of
 * text and thought in bytes, and of activities; two pairs of channel and payload; activities.
 */
export const appendScript = createRedisScript(`
${OPEN_FOR_APPEND}
redis.call('HSET', KEYS[2], 'heard', now)
redis.call('EXPIRE', KEYS[1], ARGV[9])
redis.call('EXPIRE', KEYS[2], ARGV[9])
local length, thoughtLength, activities = tonumber(meta[3]), tonumber(meta[4] or '0'), tonumber(meta[5] or '0')
if thoughtLength > 0 then redis.call('EXPIRE', KEYS[3], ARGV[9]) end
if activities > 0 then redis.call('EXPIRE', KEYS[4], ARGV[9]) end
local offset, thoughtOffset, activity = tonumber(ARGV[3]), tonumber(ARGV[6]), tonumber(ARGV[8])
local textEnd, thoughtEnd, activityEnd = offset + ARGV[4], thoughtOffset + ARGV[7], activity + #ARGV - 16
if length == textEnd and thoughtLength == thoughtEnd and activities == activityEnd then return 'written' end
if length ~= offset or thoughtLength ~= thoughtOffset or activities ~= activity then return 'lost' end
if redis.call('STRLEN', KEYS[1]) + #ARGV[2] > tonumber(ARGV[10]) then return 'full' end
if redis.call('STRLEN', KEYS[3]) + #ARGV[5] > tonumber(ARGV[11]) then return 'full' end
if activityEnd > tonumber(ARGV[12]) then return 'full' end
redis.call('HSET', KEYS[2], 'length', textEnd, 'thoughtLength', thoughtEnd, 'activities', activityEnd)
if ARGV[2] ~= '' then
  redis.call('APPEND', KEYS[1], ARGV[2])
  redis.call('PUBLISH', ARGV[13], ARGV[14])
end
if ARGV[16] ~= '' then
  redis.call('APPEND', KEYS[3], ARGV[5])
  for i = 17, #ARGV do redis.call('RPUSH', KEYS[4], ARGV[i]) end
  redis.call('EXPIRE', KEYS[3], ARGV[9])
  redis.call('EXPIRE', KEYS[4], ARGV[9])
  redis.call('PUBLISH', ARGV[15], ARGV[16])
end
return 'written'`);

/**
 * Appends to a text that has nothing beside it, as `appendScript` does with less to send and to read.
 * ARGV: attempt, text, its offset, its length, life, limit in bytes, channel, payload.
 */
export const appendTextScript = createRedisScript(`
${OPEN_FOR_APPEND}
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[5])
local length, offset = tonumber(meta[3]), tonumber(ARGV[3])
local textEnd = offset + ARGV[4]
local alone = (meta[4] or '0') == '0' and (meta[5] or '0') == '0'
if not alone or length ~= offset or ARGV[2] == '' then
  redis.call('HSET', KEYS[2], 'heard', now)
  return alone and length == textEnd and 'written' or 'lost'
end
if redis.call('STRLEN', KEYS[1]) + #ARGV[2] > tonumber(ARGV[6]) then return 'full' end
redis.call('HSET', KEYS[2], 'heard', now, 'length', textEnd)
redis.call('APPEND', KEYS[1], ARGV[2])
redis.call('PUBLISH', ARGV[7], ARGV[8])
return 'written'`);

const PARTS = `(thoughtLength and redis.call('GET', KEYS[3])) or '', activities and redis.call('LRANGE', KEYS[4], 0, -1) or {}`;

/** Freezes what an attempt has, and hands it out. ARGV: attempt. */
export const stopScript = createRedisScript(`
local meta = redis.call('HMGET', KEYS[2], 'attempt', 'thoughtLength', 'activities')
if meta[1] ~= ARGV[1] then return false end
local thoughtLength, activities = meta[2], meta[3]
redis.call('HSET', KEYS[2], 'stopped', 1)
return { redis.call('GET', KEYS[1]) or '', ${PARTS} }`);

/** Announces that the database now knows more. ARGV: attempt, life, channel, payload. */
export const endScript = createRedisScript(`
if redis.call('HGET', KEYS[2], 'attempt') == ARGV[1] then
  redis.call('HSET', KEYS[2], 'state', 'ended')
  for i = 1, 4 do redis.call('EXPIRE', KEYS[i], ARGV[2]) end
end
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 'written'`);

/** Forgets everything, and refuses whatever is still written. ARGV: an attempt that nobody comes to, life. */
export const discardScript = createRedisScript(`
${NOW}
redis.call('DEL', KEYS[1], KEYS[3], KEYS[4])
redis.call('HSET', KEYS[2], 'attempt', ARGV[1], 'length', 0, 'thoughtLength', 0, 'activities', 0, 'state', 'ended', 'heard', now)
redis.call('EXPIRE', KEYS[2], ARGV[2])
return 'written'`);

/** ARGV: 1 for thoughts and activities as well. */
export const readScript = createRedisScript(`
local meta = redis.call('HMGET', KEYS[2], 'attempt', 'state', 'heard', 'thoughtLength', 'activities')
if not meta[1] then return false end
${NOW}
local wanted = ARGV[1] == '1'
local thoughtLength, activities = wanted and meta[4], wanted and meta[5]
return { meta[1], meta[2], now - tonumber(meta[3]), redis.call('GET', KEYS[1]) or '', ${PARTS} }`);
