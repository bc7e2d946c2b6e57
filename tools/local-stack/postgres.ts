import { PrismaPg } from "@prisma/adapter-pg";
import { setTimeout as delay } from "node:timers/promises";
import { startGuarded, waitUntilReady, type Ending, type GuardedProcess } from "./guarded.ts";
import { findFreePort } from "./ports.ts";
import { openCluster, SUPERUSER, type Cluster } from "./postgres-cluster.ts";

export type PostgresOptions = Readonly<{
  /** Where its files live. A cluster that is there already is used, with all its data. */
  dir: string;
  /** On 127.0.0.1; by default any free one. */
  port?: number;
  /** False trades what a crash of the machine would lose for speed; a killed server still loses nothing. Default true. */
  durable?: boolean;
  log?: (line: string) => void;
  abort?: AbortSignal | undefined;
}>;

export type PostgresServer = Readonly<{
  /** Of the superuser, with the password, to the database `postgres`. */
  url: string;
  port: number;
  pid: number;
  ended: Promise<Ending>;
  /** Ends it in order: clients are cut off, the data is written. Harmless when it has ended already. */
  stop(): Promise<void>;
  /** Sends a signal to the server and waits until it and all its processes have ended. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}>;

const READY_LIMIT_MS = 30_000;
const READY_LINE = /database system is ready to accept connections/;
/** The port, or the memory of a server that was killed, is free again in a moment. */
const TAKEN_LINE = /could not bind|could not create any TCP\/IP sockets|shared memory block .* is still in use/;
const TRIES = 20;
const TRY_AGAIN_MS = 250;
/** Not synchronous_commit=off: what a server that is killed has committed must be there when it comes back. */
const FAST = ["fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0"];

/**
 * Starts a private PostgreSQL server from the binaries of npm, which ends with this process.
 *
 * @returns when it accepts connections
 * @throws within 30 s, with the server's last lines
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { dir, durable = true, abort } = options;
  const cluster = await openCluster(dir, { durable, abort });
  const { port, server } = await startOnFreePort(cluster, options);
  return {
    url: `postgresql://${SUPERUSER}:${cluster.password}@127.0.0.1:${port}/postgres`,
    port,
    pid: server.pid,
    ended: server.ended,
    stop: () => server.stop(),
    async kill(signal = "SIGKILL") {
      server.signal(signal);
      await server.ended;
    },
  };
}

/**
 * Makes a database.
 *
 * @param url of any database of the server, with the right to make another
 * @param template the database to copy; nobody may be connected to it
 * @returns the new database's url
 */
export async function createDatabase(url: string, name: string, template?: string): Promise<string> {
  const from = template === undefined ? "" : ` TEMPLATE ${quote(template)} STRATEGY FILE_COPY`;
  await runSql(url, `CREATE DATABASE ${quote(name)}${from}`);
  const created = new URL(url);
  created.pathname = `/${encodeURIComponent(name)}`;
  return created.href;
}

/** Removes a database and closes its connections. Harmless when there is none. */
export async function dropDatabase(url: string, name: string): Promise<void> {
  await runSql(url, `DROP DATABASE IF EXISTS ${quote(name)} WITH (FORCE)`);
}

async function startOnFreePort(cluster: Cluster, options: PostgresOptions) {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await findFreePort());
    let taken = false;
    try {
      const server = await startServer(cluster, port, options, (line) => {
        taken ||= TAKEN_LINE.test(line);
      });
      return { port, server };
    } catch (error) {
      if (!taken || options.abort?.aborted) throw error;
      if (attempt === TRIES) {
        const message = `PostgreSQL cannot listen on 127.0.0.1:${port}: another program does. Stop that one, or set DATABASE_URL`;
        throw new Error(message, { cause: error });
      }
      await delay(TRY_AGAIN_MS);
    }
  }
}

async function startServer(
  { dataDir, postgres, user }: Cluster,
  port: number,
  { durable = true, log, abort }: PostgresOptions,
  watch: (line: string) => void,
): Promise<GuardedProcess> {
  const settings = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=200",
    "timezone=UTC",
    "log_timezone=UTC",
    ...(durable ? [] : FAST),
  ];
  const args = ["-D", dataDir, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
  let readyLine = () => {};
  const ready = new Promise<void>((resolve) => {
    readyLine = resolve;
  });
  const server = await startGuarded({
    name: "postgres",
    ...(user ? user.runAs(postgres, args) : { command: postgres, args }),
    env: { LC_ALL: "C" },
    // Fast shutdown, then immediate, https://www.postgresql.org/docs/18/server-shutdown.html
    ending: [
      { signal: "SIGINT", waitMs: 10_000 },
      { signal: "SIGQUIT", waitMs: 5_000 },
    ],
    onLine(line) {
      log?.(line);
      watch(line);
      if (READY_LINE.test(line)) readyLine();
    },
    abort,
  });
  await waitUntilReady("PostgreSQL", server, ready, READY_LIMIT_MS);
  return server;
}

async function runSql(url: string, sql: string): Promise<void> {
  const connection = await new PrismaPg({ connectionString: url, max: 1, connectionTimeoutMillis: 5_000 }).connect();
  try {
    await connection.executeRaw({ sql, args: [], argTypes: [] });
  } finally {
    await connection.dispose();
  }
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
