import type { Config } from "./config.ts";
import { createCache, type Cache } from "./platform/redis/cache.ts";
import { systemClock, type Clock } from "./platform/clock.ts";
import { createLogger, type Logger } from "./platform/logger.ts";
import { createOtpDelivery, type OtpDelivery } from "./platform/otp-delivery.ts";
import { createDatabase, type Database } from "./platform/postgres/prisma.ts";
import { createPubSub, type PubSub } from "./platform/redis/pubsub.ts";
import { createRateLimits, type RateLimits } from "./platform/redis/rate-limits.ts";
import { createJobQueue, type JobQueue } from "./platform/redis/queue.ts";
import { createPatientRedis, createRedis, type Redis } from "./platform/redis/redis.ts";
import { createStripe, type StripeApi } from "./platform/stripe/stripe.ts";
import { createMetrics, type Metrics } from "./platform/telemetry/metrics.ts";

/** Everything a use case may reach, built once a process. Tests override its parts. */
export type AppContext = Readonly<{
  config: Config;
  logger: Logger;
  clock: Clock;
  metrics: Metrics;
  db: Database;
  redis: Redis;
  pubsub: PubSub;
  queue: JobQueue;
  limits: RateLimits;
  cache: Cache;
  otpDelivery: OtpDelivery;
  /** Null where nothing is sold. */
  stripe: StripeApi | null;
  /** A new connection to Redis, for callers that need one of their own; closed with the context. */
  connectRedis(): Redis;
  /** Work that an answer does not wait for: its failure is logged, and closing waits for it. */
  runInBackground(name: string, work: Promise<unknown>): void;
  /** Closes what was opened, in reverse order. */
  close(): Promise<void>;
}>;

/** Opens the connections. PostgreSQL and Redis may still be unavailable: each use waits for them. */
export function createAppContext(config: Config, name: string, overrides: Partial<AppContext> = {}): AppContext {
  const logger = overrides.logger ?? createLogger({ level: config.log.level, name });
  const connections: Redis[] = [];
  const connectRedis = () => {
    const connection = createPatientRedis(config.redis.url, logger);
    connections.push(connection);
    return connection;
  };

  const metrics = createMetrics();
  const db = createDatabase(config.database, metrics);
  const redis = createRedis(config.redis.url, logger);
  const pubsub = createPubSub({ publisher: redis, subscriber: connectRedis() }, logger);
  const queue = createJobQueue(connectRedis(), logger);
  const cache = createCache(redis, logger);
  const pending = new Set<Promise<unknown>>();

  return {
    config,
    logger,
    clock: systemClock,
    metrics,
    db,
    redis,
    pubsub,
    queue,
    limits: createRateLimits(redis, logger, config.auth.jwtSecret),
    cache,
    otpDelivery: createOtpDelivery(config.otp, logger),
    stripe: config.stripe && createStripe(config.stripe, logger),
    connectRedis,
    runInBackground(task, work) {
      const settled = work
        .catch((error: unknown) => logger.error({ err: error, task }, "work in the background failed"))
        .finally(() => pending.delete(settled));
      pending.add(settled);
    },
    async close() {
      await Promise.all(pending);
      await queue.close();
      cache.close();
      for (const connection of [redis, ...connections]) connection.disconnect();
      await db.$disconnect();
    },
    ...overrides,
  };
}
