import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";

const require = createRequire(import.meta.url);

/** One line on the machine and the programs that no package names. */
export function describeMachine(versions: { redis: string; postgres: string }): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `${cpu?.model ?? "unknown CPU"}, ${cpus().length} cores, ${memory} GB, Linux ${release()}`,
    `Node ${process.versions.node}`,
    `Redis ${versions.redis}`,
    `PostgreSQL ${versions.postgres}`,
  ].join("; ");
}

/** How busy the machine is with other things: the load of the last minute. */
export const describeLoad = (): string => (loadavg()[0] ?? 0).toFixed(1);

/** `name 1.2.3, …`, as installed. */
export function describePackages(names: readonly string[]): string {
  return names.map((name) => `${name} ${versionOf(name)}`).join(", ");
}

/** The commit that is measured, with a mark when the files differ from it. */
export function describeCommit(): string {
  const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8", cwd: import.meta.dirname }).trim();
  try {
    const changed = git("status", "--porcelain", "--", "../../src", "../../worker", "../../package-lock.json") !== "";
    return `${git("rev-parse", "--short", "HEAD")}${changed ? " with changes" : ""}`;
  } catch {
    return "unknown";
  }
}

function versionOf(name: string): string {
  // Not by require(name/package.json): many packages do not export it.
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return (JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8")) as { version: string }).version;
    } catch {
      // It is in another of the folders.
    }
  }
  return "?";
}
