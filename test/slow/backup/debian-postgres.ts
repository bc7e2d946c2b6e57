import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGuarded, waitUntilReady } from "../../../tools/local-stack/guarded.ts";
import { findFreePort } from "../../../tools/local-stack/ports.ts";
import { findServerUser } from "../../../tools/local-stack/server-user.ts";

const ROOT = "/usr/lib/postgresql";

/** The programs of the newest PostgreSQL of Debian's; the npm package has neither pg_dump nor pg_restore. */
export const debianPrograms: string | undefined = (existsSync(ROOT) ? readdirSync(ROOT) : [])
  .toSorted((one, other) => Number(other) - Number(one))
  .map((version) => join(ROOT, version, "bin"))
  .find((bin) => ["initdb", "postgres", "pg_dump", "pg_restore"].every((name) => existsSync(join(bin, name))));

/** Starts a server of its own, of the version of the programs. Whoever asks on 127.0.0.1 may do all. */
export async function startDebianPostgres(bin: string): Promise<{ url: string; stop(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), "colloquy-debian-postgres-"));
  const dataDir = join(dir, "data");
  const postgres = join(bin, "postgres");
  mkdirSync(dataDir, { mode: 0o700 });
  const user = findServerUser(dataDir, postgres);
  if (user) for (const path of [dir, dataDir]) chownSync(path, user.uid, user.gid);
  const initdb = ["--pgdata", dataDir, "--username=colloquy", "--auth=trust", "--encoding=UTF8", "--no-locale"];
  execFileSync(join(bin, "initdb"), [...initdb, "--no-sync"], { stdio: "ignore", ...user, cwd: dir });

  const port = await findFreePort();
  const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=100"];
  const args = ["-D", dataDir, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
  let readyLine = () => {};
  const ready = new Promise<void>((resolve) => {
    readyLine = resolve;
  });
  const server = await startGuarded({
    name: "postgres of Debian",
    ...(user ? user.runAs(postgres, args) : { command: postgres, args }),
    env: { LC_ALL: "C" },
    ending: [{ signal: "SIGINT", waitMs: 10_000 }],
    onLine: (line) => line.includes("ready to accept connections") && readyLine(),
  });
  await waitUntilReady("PostgreSQL", server, ready, 30_000);
  return {
    url: `postgresql://colloquy@127.0.0.1:${port}/postgres`,
    async stop() {
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
