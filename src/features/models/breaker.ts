import type { AppContext } from "../../app-context.ts";
import { createRedisScript } from "../../platform/redis/redis-script.ts";
import { withTimeout } from "../../platform/timing.ts";

/**
 * Whether a model is asked. `closed`: yes; `failing`: yes, and a success is to be noted; `probe`: yes, by this call alone,
 * to see whether it is back; `open`: no, it is out of order.
 */
export type BreakerState = "closed" | "failing" | "probe" | "open";

type Context = Pick<AppContext, "redis" | "config" | "logger">;

/** Failures count together within this time, unless a success comes in between. */
const WINDOW_MS = 60_000;
/** A probe that says nothing for so long is given up, and another call may try. */
const PROBE_MS = 180_000;
/** A model that its provider does not have any more, or whose quota is used up, is left alone for this time. */
const CERTAIN_MS = 10 * 60_000;
/** Redis answers by then, or all models are asked as if nothing was known. */
const ANSWER_LIMIT_MS = 250;

/** One hash for each model that has failed lately, shared by all workers; it expires. */
const keyOf = (model: string): string => `model:{${model}}:breaker`;

const NOW = `local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)`;

const readScript = createRedisScript(`
${NOW}
local h = redis.call('HMGET', KEYS[1], 'openUntil', 'probeUntil', 'failures')
if not h[1] then return h[3] and 'failing' or 'closed' end
if now < tonumber(h[1]) or (h[2] and now < tonumber(h[2])) then return 'open' end
redis.call('HSET', KEYS[1], 'probeUntil', now + tonumber(ARGV[1]))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 'probe'`);

/** A failure while the breaker is open is of a call from before, and prolongs nothing. */
const failScript = createRedisScript(`
${NOW}
local limit, window, open, atOnce = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'
local h = redis.call('HMGET', KEYS[1], 'openUntil', 'windowUntil')
if h[1] and now < tonumber(h[1]) then return 'open' end
if not h[1] and not atOnce then
  if not h[2] or now > tonumber(h[2]) then
    redis.call('HSET', KEYS[1], 'failures', 0, 'windowUntil', now + window)
    redis.call('PEXPIRE', KEYS[1], window)
  end
  if redis.call('HINCRBY', KEYS[1], 'failures', 1) < limit then return 'closed' end
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'openUntil', now + open)
redis.call('PEXPIRE', KEYS[1], open + window)
return 'open'`);

/** A success while the breaker is open is of a call from before, and proves nothing. */
const succeedScript = createRedisScript(`
${NOW}
local open = redis.call('HGET', KEYS[1], 'openUntil')
if not open or now >= tonumber(open) then redis.call('DEL', KEYS[1]) end
return 'closed'`);

/** Without Redis every model is asked. */
export const readBreaker = (ctx: Context, model: string): Promise<BreakerState> =>
  run(ctx, () => readScript(ctx.redis, [keyOf(model)], [PROBE_MS, PROBE_MS + WINDOW_MS]));

/**
 * Notes that a model has failed before it wrote anything.
 *
 * @param certain whether the next call is bound to fail as well, so that one failure is enough
 * @returns `open` when it is to be left alone now
 */
export function noteFailure(ctx: Context, model: string, { certain }: { certain: boolean }): Promise<BreakerState> {
  const { failures, openMs } = ctx.config.modelBreaker;
  if (failures === 0 && !certain) return Promise.resolve("closed");
  const args = [failures, WINDOW_MS, certain ? CERTAIN_MS : openMs, certain ? 1 : 0];
  return run(ctx, () => failScript(ctx.redis, [keyOf(model)], args), certain ? "open" : "closed");
}

/** Notes that a model writes. */
export const noteSuccess = (ctx: Context, model: string): Promise<BreakerState> =>
  run(ctx, () => succeedScript(ctx.redis, [keyOf(model)], []));

async function run(
  { redis, logger }: Context,
  script: () => Promise<unknown>,
  otherwise: BreakerState = "closed",
): Promise<BreakerState> {
  if (redis.status !== "ready") return otherwise;
  try {
    return (await withTimeout(script(), ANSWER_LIMIT_MS, "Redis does not answer the breaker")) as BreakerState;
  } catch (error) {
    logger.warn({ err: error }, "the breakers of models are bypassed");
    return otherwise;
  }
}
