import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { BENCH } from "./build.ts";
import type { Harness } from "./harness.ts";

/** One line on the machine and the programs that no package names. */
export async function describeMachine({ db, redis }: Pick<Harness, "db" | "redis">): Promise<string> {
  const [postgres] = await db.$queryRaw<{ server_version: string }[]>`SHOW server_version`;
  const info = await redis.info("server");
  return [
    `${cpus()[0]?.model ?? "unknown CPU"}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}`,
    `Node ${process.versions.node}`,
    `Redis ${/redis_version:(\S+)/.exec(info)?.[1] ?? "?"}`,
    `PostgreSQL ${postgres?.server_version ?? "?"}`,
  ].join("; ");
}

/** How busy the machine is with other things: the load of the last minute. */
export const describeLoad = (): string => (loadavg()[0] ?? 0).toFixed(1);

/** `name 1.2.3, …`, as installed. */
export const describePackages = (names: readonly string[]): string =>
  names.map((name) => `${name} ${versionOf(name)}`).join(", ");

/** The commit that is measured, with a mark when the files differ from it. */
export function describeCommit(): string {
  const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8", cwd: join(BENCH, "..") }).trim();
  try {
    const changed = git("status", "--porcelain", "--", "src", "worker", "package-lock.json") !== "";
    return `${git("rev-parse", "--short", "HEAD")}${changed ? " with changes" : ""}`;
  } catch {
    return "unknown";
  }
}

type Lock = { packages: Record<string, { version: string } | undefined> };

function versionOf(name: string): string {
  const locks = [BENCH, join(BENCH, "..")].map(
    (dir) => JSON.parse(readFileSync(join(dir, "package-lock.json"), "utf8")) as Lock,
  );
  return locks.map(({ packages }) => packages[`node_modules/${name}`]).find(Boolean)?.version ?? "?";
}
