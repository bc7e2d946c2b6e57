import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { PrismaClient } from "../generated/prisma/client.ts";
import { listen } from "./listen.ts";
import type { Redis } from "./redis.ts";
import { withTimeout } from "./timing.ts";

/** A part that has not answered by then counts as away, in milliseconds. */
const CHECK_TIMEOUT_MS = 1_000;

type Parts = Readonly<{ db: PrismaClient; redis: Redis }>;

/**
 * Answers `/health` (the process runs and its event loop turns) and `/ready` (200 when PostgreSQL and Redis
 * answer too, else 503 and what is missing).
 *
 * @returns whether the request was for one of them
 */
export function answerHealth(
  parts: Parts,
  request: IncomingMessage,
  response: ServerResponse,
  stopping = false,
): boolean {
  switch (request.url?.split("?")[0]) {
    case "/health":
      answer(response, 200, { status: "ok" });
      return true;
    case "/ready":
      void answerReady(parts, response, stopping);
      return true;
    default:
      return false;
  }
}

/** A server for health alone, for a process that has none of its own; nothing without a port. */
export async function listenForHealth(parts: Parts, port: number | undefined): Promise<{ close(): void }> {
  if (port === undefined) return { close() {} };
  const server = createServer((request, response) => {
    if (!answerHealth(parts, request, response)) response.writeHead(404).end();
  });
  await listen(server, { port, portSetting: "WORKER_HEALTH_PORT" });
  return {
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answerReady({ db, redis }: Parts, response: ServerResponse, stopping: boolean): Promise<void> {
  const [postgres, redisThere] = await Promise.all([isThere(db.$queryRaw`SELECT 1`), isThere(redis.ping())]);
  const ready = postgres && redisThere && !stopping;
  const word = (there: boolean) => (there ? "ok" : "away");
  const status = stopping ? "stopping" : ready ? "ok" : "degraded";
  answer(response, ready ? 200 : 503, { status, postgres: word(postgres), redis: word(redisThere) });
}

async function isThere(question: Promise<unknown>): Promise<boolean> {
  try {
    await withTimeout(question, CHECK_TIMEOUT_MS, "no answer");
    return true;
  } catch {
    return false;
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}
