import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { PrismaClient } from "../generated/prisma/client.ts";
import { listen } from "./listen.ts";
import { readMigrationNames } from "./postgres/migrations.ts";
import type { Redis } from "./redis/redis.ts";
import { withTimeout } from "./timing.ts";

/** A service that has not answered after this many milliseconds counts as unavailable. */
const CHECK_TIMEOUT_MS = 1_000;

type Services = Readonly<{ db: PrismaClient; redis: Redis }>;

/** A fault in a process's own settings, which waiting does not fix; undefined without one. */
type Fault = string | undefined;

type State = Readonly<{ stopping?: boolean; fault?: Fault; readsWithoutRedis?: boolean }>;

/**
 * Answers `/health` (the process runs and its event loop turns) and `/ready`: 200 when PostgreSQL answers, with every
 * migration that this version knows, and Redis too, and the settings suffice; else 503 and what is missing.
 *
 * @param state.readsWithoutRedis it then stays in service while Redis is away, as "degraded": taking every API out at once
 *   helps nobody
 * @returns whether the request was for one of them
 */
export function answerHealth(
  services: Services,
  request: IncomingMessage,
  response: ServerResponse,
  state: State = {},
): boolean {
  switch (request.url?.split("?")[0]) {
    case "/health":
      answer(response, 200, { status: "ok" });
      return true;
    case "/ready":
      void answerReady(services, response, state);
      return true;
    default:
      return false;
  }
}

/**
 * A server for health alone, for a process that has none of its own; nothing without a port.
 *
 * @param read how the process is now
 */
export async function listenForHealth(
  services: Services,
  port: number | undefined,
  read: () => State,
): Promise<{ close(): void }> {
  if (port === undefined) return { close() {} };
  const server = createServer((request, response) => {
    if (!answerHealth(services, request, response, read())) response.writeHead(404).end();
  });
  await listen(server, { port, portSetting: "WORKER_HEALTH_PORT" });
  return {
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answerReady(
  { db, redis }: Services,
  response: ServerResponse,
  { stopping = false, fault, readsWithoutRedis = false }: State,
): Promise<void> {
  const [postgres, redisReachable] = await Promise.all([checkPostgres(db), isReachable(redis.ping())]);
  const serves = postgres === "ok" && (redisReachable || readsWithoutRedis) && fault === undefined && !stopping;
  const wellOrDegraded = redisReachable ? "ok" : "degraded";
  answer(response, serves ? 200 : 503, {
    status: stopping ? "stopping" : serves ? wellOrDegraded : "unavailable",
    postgres,
    redis: redisReachable ? "ok" : "away",
    ...(fault && { fault }),
  });
}

/** Names of the migrations that this version comes with; read once. */
let known: Promise<readonly string[]> | undefined;

async function checkPostgres(db: PrismaClient): Promise<"ok" | "away" | "migrations are missing"> {
  const [{ there }] = await answerOf(db.$queryRaw<[{ there: boolean }]>`
    SELECT to_regclass('_prisma_migrations') IS NOT NULL AS "there"`).catch(() => [{ there: undefined }]);
  if (there === undefined) return "away";
  if (!there) return "migrations are missing";
  try {
    const names = await (known ??= readMigrationNames());
    const applied = await answerOf(db.$queryRaw<{ name: string }[]>`
      SELECT "migration_name" AS "name" FROM "_prisma_migrations"
      WHERE "finished_at" IS NOT NULL AND "rolled_back_at" IS NULL`);
    const has = new Set(applied.map(({ name }) => name));
    return names.every((name) => has.has(name)) ? "ok" : "migrations are missing";
  } catch {
    return "away";
  }
}

const answerOf = <T>(question: Promise<T>): Promise<T> => withTimeout(question, CHECK_TIMEOUT_MS, "no answer");

async function isReachable(question: Promise<unknown>): Promise<boolean> {
  try {
    await answerOf(question);
    return true;
  } catch {
    return false;
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}
