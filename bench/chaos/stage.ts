import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "../../tools/local-stack/ports.ts";
import { createDatabase as createDatabaseOn } from "../../tools/local-stack/postgres.ts";
import type { PrismaClient } from "../../src/generated/prisma/client.ts";
import { applyMigrations } from "../../src/platform/postgres/migrations.ts";
import { createDatabase } from "../../src/platform/postgres/prisma.ts";
import { SECRET } from "../_support/ground.ts";
import { keepPart, type Part } from "./part.ts";
import { createLogs, startPlayer, startPostgresPlayer, startRedisPlayer, type Logs } from "./players.ts";
import { kindOf, type PartName } from "./faults.ts";

/** Two APIs and two workers on one PostgreSQL and one Redis, each a process that can be struck, and Gemini's stand-in. */
export type Stage = Readonly<{
  db: PrismaClient;
  parts: ReadonlyMap<PartName, Part>;
  /** GraphQL addresses of the APIs. */
  urls: readonly string[];
  settings: Readonly<Record<string, string>>;
  logs: Logs;
  /** Resolves when every part is up. */
  ready(): Promise<void>;
  /** Hears whether one of each kind of part is there, which is all that anybody needs: now, and when it changes. */
  onSufficient(listener: (sufficient: boolean) => void): void;
  stop(): Promise<void>;
}>;

/**
 * @param options.buildDir holds the compiled programs
 * @throws when a part cannot be had; nothing is left running then
 */
export async function setStage(options: { buildDir: string; logs: string | undefined }): Promise<Stage> {
  const stops: (() => unknown)[] = [];
  const stop = async () => {
    for (const stopOne of stops.splice(0).toReversed()) await stopOne();
  };
  const parts = new Map<PartName, Part>();
  const keep = (name: PartName, start: Parameters<typeof keepPart>[1]) => {
    const part = keepPart(name, start);
    parts.set(name, part);
    stops.push(() => part.close());
    return part.ready();
  };
  const { buildDir: dir } = options;
  try {
    const data = mkdtempSync(join(tmpdir(), "colloquy-chaos-"));
    stops.push(() => rmSync(data, { recursive: true, force: true }));
    const logs = createLogs(options.logs);
    stops.push(() => logs.close());

    const ports = { postgres: await findFreePort(), redis: await findFreePort() };
    let postgresUrl = "";
    const hearPostgres = logs.hear("PostgreSQL");
    const hearRedis = logs.hear("Redis");
    await Promise.all([
      keep("PostgreSQL", async () => {
        const server = await startPostgresPlayer(join(data, "postgres"), ports.postgres, hearPostgres);
        postgresUrl = server.url;
        return server;
      }),
      keep("Redis", () => startRedisPlayer(ports.redis, hearRedis)),
    ]);
    const databaseUrl = await createDatabaseOn(postgresUrl, "chaos");
    await applyMigrations(databaseUrl);
    const db = createDatabase({ url: databaseUrl, poolSize: 2 });
    stops.push(() => db.$disconnect());

    const standIn = await startPlayer("stand-in", { dir, file: "bench/chaos/programs/stand-in.js", env: {} });
    stops.push(() => standIn.stop());
    const settings = {
      NODE_ENV: "production",
      OTP_DELIVERY: "log",
      HOST: "127.0.0.1",
      LOG_LEVEL: "info",
      DATABASE_URL: databaseUrl,
      DATABASE_POOL: "10",
      REDIS_URL: `redis://127.0.0.1:${ports.redis}`,
      JWT_SECRET: SECRET,
      ACCESS_TOKEN_TTL: "4h",
      BASIC_DAILY_MESSAGES: "1000000",
      REQUESTS_PER_IP: "0",
      REQUESTS_PER_USER: "0",
      SOCKETS_PER_IP: "0",
      SOCKETS_PER_USER: "0",
      STREAMS_PER_SESSION: "0",
      // Shorter than most replies, so that some are handed over.
      SHUTDOWN_GRACE: "2s",
      GEMINI_API_KEY: "bench",
      GEMINI_BASE_URL: `http://127.0.0.1:${await standIn.ready}`,
    };
    const program = (name: PartName, file: string, port?: number) => {
      const env = { ...settings, ...(port !== undefined && { PORT: String(port) }) };
      const onLine = logs.hear(name);
      return keep(name, () => startPlayer(name, { dir, file, env, onLine }));
    };
    const apiPorts = [await findFreePort(), await findFreePort()];
    await Promise.all([
      program("API 1", "src/main.js", apiPorts[0]),
      program("API 2", "src/main.js", apiPorts[1]),
      program("worker 1", "worker/main.js"),
      program("worker 2", "worker/main.js"),
    ]);
    return {
      db,
      parts,
      urls: apiPorts.map((port) => `http://127.0.0.1:${port}/graphql`),
      settings,
      logs,
      ready: async () => void (await Promise.all([...parts.values()].map((part) => part.ready()))),
      onSufficient(listener) {
        let told: boolean | undefined;
        const tell = () => {
          const sufficient = hasOneOfEach(parts);
          if (sufficient !== told) listener((told = sufficient));
        };
        for (const part of parts.values()) part.onChange(tell);
        tell();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function hasOneOfEach(parts: ReadonlyMap<PartName, Part>): boolean {
  const there = new Set([...parts.values()].filter((part) => part.isThere()).map(({ name }) => kindOf(name)));
  return [...parts.keys()].every((name) => there.has(kindOf(name)));
}
