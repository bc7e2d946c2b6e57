import type { Redis } from "ioredis";
import type { PrismaClient } from "../../src/generated/prisma/client.ts";

/** Of the programs that no package names. */
export type Versions = Readonly<{ redis: string; postgres: string }>;

/** Asks both servers. */
export async function readVersions(db: PrismaClient, redis: Redis): Promise<Versions> {
  const [found] = await db.$queryRaw<{ server_version: string }[]>`SHOW server_version`;
  const info = await redis.info("server");
  return { postgres: found?.server_version ?? "?", redis: /redis_version:(\S+)/.exec(info)?.[1] ?? "?" };
}
