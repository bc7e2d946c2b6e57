import { createHmac } from "node:crypto";
import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { DomainError } from "../../errors.ts";
import type { Logger } from "../logger.ts";
import type { Redis } from "./redis.ts";

/** `points` in a window that begins with the first one. */
export type Limit = Readonly<{ name: string; points: number; seconds: number }>;

/**
 * Counts in Redis, shared by all processes. One round trip each: for rare and costly actions, such as a code by SMS.
 */
export type RateLimits = Readonly<{
  /**
   * Counts one more for the key.
   *
   * @throws {DomainError} `RATE_LIMITED` with `retryAfter`, when the limit was reached; `UNAVAILABLE` when Redis is
   *   unavailable: guesses and sends must not pass without a count
   */
  take(limit: Limit, key: string): Promise<void>;
  /** Takes one back that turned out not to count. Without Redis it stays counted. */
  giveBack(limit: Limit, key: string): Promise<void>;
}>;

const UNAVAILABLE_RETRY_S = 2;

/** @param secret hides the keys, which are numbers and addresses; the same for all processes that count together */
export function createRateLimits(redis: Redis, logger: Logger, secret: string): RateLimits {
  const hidden = (key: string): string => createHmac("sha256", secret).update(`limit ${key}`).digest("base64url");
  const limiters = new Map<string, RateLimiterRedis>();

  function limiterOf({ name, points, seconds }: Limit): RateLimiterRedis {
    const id = `${name}:${points}:${seconds}`;
    const known = limiters.get(id);
    if (known) return known;
    const limiter = new RateLimiterRedis({
      storeClient: redis,
      keyPrefix: `limit:${name}`,
      points,
      duration: seconds,
    });
    limiters.set(id, limiter);
    return limiter;
  }

  return {
    async take(limit, key) {
      try {
        await limiterOf(limit).consume(hidden(key));
      } catch (error) {
        if (error instanceof RateLimiterRes) throw tooMany(error.msBeforeNext);
        logger.warn({ err: error, limit: limit.name }, "could not count");
        throw new DomainError("UNAVAILABLE", undefined, { retryAfter: UNAVAILABLE_RETRY_S });
      }
    },
    async giveBack(limit, key) {
      try {
        await limiterOf(limit).reward(hidden(key));
      } catch (error) {
        logger.warn({ err: error, limit: limit.name }, "could not take back a count");
      }
    },
  };
}

/** @param ms until there are new ones, in milliseconds */
const tooMany = (ms: number): DomainError =>
  new DomainError("RATE_LIMITED", "There were too many requests of this kind.", {
    retryAfter: Math.max(1, Math.ceil(ms / 1000)),
  });
