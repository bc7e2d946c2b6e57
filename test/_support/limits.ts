import { Redis } from "ioredis";

/** Forgets what was counted for these limits. */
export async function forgetCounts(redisUrl: string, ...names: readonly string[]): Promise<void> {
  const redis = new Redis(redisUrl);
  try {
    const keys = (await Promise.all(names.map((name) => redis.keys(`limit:${name}:*`)))).flat();
    if (keys.length > 0) await redis.del(keys);
  } finally {
    redis.disconnect();
  }
}
