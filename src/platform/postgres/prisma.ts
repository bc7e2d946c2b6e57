import { PrismaPg } from "@prisma/adapter-pg";
import { Pool, type PoolConfig } from "pg";
import { PrismaClient } from "../../generated/prisma/client.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { createDirectQuery, type DirectQuery } from "./direct-query.ts";

/** Prisma's client, and a shorter way to the same connections for the statements that are run most. */
export type Database = PrismaClient & Readonly<{ query: DirectQuery }>;

/** Longest wait for a connection: a new one, or a free one of the pool. */
const CONNECT_TIMEOUT_MS = 5_000;
/** PostgreSQL itself ends a statement that takes longer. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** A process that froze inside a transaction gives its row locks back after this time. */
const IDLE_TRANSACTION_TIMEOUT_MS = 15_000;
/** Longer than the statement timeout: a server that is silent for this long has gone. */
const SILENCE_TIMEOUT_MS = 15_000;
/** Statements that each connection keeps planned. */
const MAX_STATEMENTS = 200;
/**
 * Of each connection. PostgreSQL plans a named statement once; by itself it would plan one with a list each time, because it
 * takes lists for longer than they are: planning takes three times as long as running it. Prisma writes and reads times
 * without their zone, as if the server were in UTC.
 */
const SETTINGS = { plan_cache_mode: "force_generic_plan", timezone: "UTC" };

type Stream = Parameters<NonNullable<PoolConfig["verify"]>>[0]["connection"]["stream"];

/**
 * Builds the client of the database. Connects with the first query; `$disconnect()` closes it.
 *
 * Nothing hangs when PostgreSQL is unavailable: a query fails after 5 s without a connection, after 10 s of
 * work, and after 15 s without an answer.
 *
 * @param config `url` as postgresql://…; `poolSize` is the most connections this process opens; `settings` of PostgreSQL for
 *   these connections, beside those that they have; `onNotice` hears what PostgreSQL says beside its answers
 * @param metrics get the figures of its connections
 */
export function createDatabase(
  config: Readonly<{
    url: string;
    poolSize: number;
    settings?: Readonly<Record<string, string>>;
    onNotice?: (message: string) => void;
  }>,
  metrics?: Metrics,
): Database {
  const pool = new Pool({
    connectionString: config.url,
    max: config.poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
    options: Object.entries({ ...SETTINGS, ...config.settings })
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(" "),
    keepAlive: true,
    verify: (client, done) => {
      destroyWhenSilent(client.connection.stream);
      done();
    },
  });
  const { onNotice } = config;
  if (onNotice) pool.on("connect", (client) => client.on("notice", ({ message = "" }) => onNotice(message)));
  if (metrics) watchPool(metrics, pool, config.poolSize);
  const nameOf = createStatementNames();
  const adapter = new PrismaPg(pool, {
    disposeExternalPool: true,
    // The pool replaces a broken idle connection by itself, and a broken busy one fails its query: nobody has to know.
    onPoolError: () => {},
    onConnectionError: () => {},
    statementNameGenerator: ({ sql }) => nameOf(sql),
  });
  const prisma = new PrismaClient({
    adapter,
    transactionOptions: { maxWait: CONNECT_TIMEOUT_MS, timeout: STATEMENT_TIMEOUT_MS },
  });
  return Object.assign(prisma, { query: createDirectQuery(pool, nameOf) });
}

/** Under the names of OpenTelemetry's conventions for clients of databases. */
function watchPool(metrics: Metrics, pool: Pool, size: number): void {
  metrics.gauges("db_client_connection_count", "Connections to PostgreSQL.", {
    label: "db_client_connection_state",
    read: () => ({ used: pool.totalCount - pool.idleCount, idle: pool.idleCount }),
  });
  metrics.gauge("db_client_connection_max", "The most that there may be (DATABASE_POOL).", () => size);
  metrics.gauge("db_client_connection_pending_requests", "Who waits for one.", () => pool.waitingCount);
}

/**
 * Names statements: PostgreSQL plans a named statement once on each connection. Lists make a text for each of their
 * lengths, so the number of names is limited; later statements have none.
 */
function createStatementNames(): (text: string) => string {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined || names.size >= MAX_STATEMENTS) return known ?? "";
    const name = `s${names.size}`;
    names.set(text, name);
    return name;
  };
}

/**
 * Destroys a connection that owes an answer for too long: its host froze, or the network swallows packets.
 * TCP alone would take a quarter of an hour to notice. pg's own `query_timeout` fails the query but keeps the
 * connection, which may sit in an open transaction when it comes back to life.
 */
function destroyWhenSilent(stream: Stream): void {
  let timer: NodeJS.Timeout | undefined;
  const answered = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  stream.write = new Proxy(stream.write, {
    apply(write, self, args) {
      timer ??= setTimeout(() => stream.destroy(new Error("PostgreSQL does not answer")), SILENCE_TIMEOUT_MS);
      return Reflect.apply(write, self, args) as boolean;
    },
  });
  stream.on("data", answered);
  stream.once("close", answered);
}
