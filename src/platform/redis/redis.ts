import { Redis } from "ioredis";
import type { Logger } from "../logger.ts";

export type { Redis } from "ioredis";

/** A command without an answer in this time fails; the caller decides what that means. */
const COMMAND_TIMEOUT_MS = 2_000;

const reconnectDelay = (tries: number) => Math.min(50 * 2 ** Math.min(tries, 6), 1_000);

/**
 * The connection for commands. While Redis is unavailable, a command waits for it, for two seconds at most.
 */
export function createRedis(url: string, logger: Logger): Redis {
  return listenForErrors(
    new GatheringRedis(url, {
      commandTimeout: COMMAND_TIMEOUT_MS,
      connectTimeout: COMMAND_TIMEOUT_MS,
      maxRetriesPerRequest: null,
      retryStrategy: reconnectDelay,
    }),
    logger,
  );
}

/**
 * Of the commands of one turn of the event loop the first goes out at once, and those behind it together: a system call for each
 * costs more than all else, and a first one that waits for them is 0.7 ms late where a worker writes 200 replies.
 */
class GatheringRedis extends Redis {
  override sendCommand(...sent: Parameters<Redis["sendCommand"]>): unknown {
    const answer = super.sendCommand(...sent);
    const stream = this.stream as Redis["stream"] | undefined;
    if (stream?.writableCorked === 0) {
      stream.cork();
      setImmediate(() => stream.uncork());
    }
    return answer;
  }
}

/**
 * A connection whose commands may wait without limit: for subscriptions, which ioredis restores by itself, and for
 * BullMQ, which blocks on it. Their callers bound their own waits.
 */
export function createPatientRedis(url: string, logger: Logger): Redis {
  return listenForErrors(
    new QuietRedis(url, {
      connectTimeout: COMMAND_TIMEOUT_MS,
      maxRetriesPerRequest: null,
      retryStrategy: reconnectDelay,
    }),
    logger,
  );
}

/**
 * Ends no process because of a command that nobody waits for: ioredis drops the promises of the subscriptions that it
 * restores, and graphql-redis-subscriptions those of the ones that it gives up. Redis may refuse them, or be left before
 * it answers.
 */
class QuietRedis extends Redis {
  override sendCommand(...sent: Parameters<Redis["sendCommand"]>): unknown {
    const answer = super.sendCommand(...sent);
    if (answer instanceof Promise) answer.catch(() => {});
    return answer;
  }
}

function listenForErrors(redis: Redis, logger: Logger): Redis {
  let unavailable = false;
  redis.on("error", (error: Error) => {
    // One line for each outage: ioredis reports every try to reconnect.
    if (!unavailable) logger.warn({ err: { message: error.message } }, "Redis is unavailable");
    unavailable = true;
  });
  redis.on("ready", () => {
    if (unavailable) logger.info("Redis is available again");
    unavailable = false;
  });
  return redis;
}
