import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { startGuarded } from "./guarded.ts";

/** Debian's packages as files: nothing gets installed, and nobody needs to be root. */
export type Apt = Readonly<{
  /** Downloads packages and unpacks them into a folder. */
  unpack(names: readonly string[], root: string): Promise<void>;
  /** The packages they depend on. */
  listDependencies(names: readonly string[]): string[];
}>;

const UPDATE_LIMIT_MS = 180_000;
const DOWNLOAD_LIMIT_MS = 120_000;

/** @param workDir for downloads and, where the machine has no lists of packages or old ones, for lists of our own */
export function createApt(workDir: string, abort: AbortSignal | undefined): Apt {
  const shared = ["-qq", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20"];
  let lists: readonly string[] = [];

  async function download(names: readonly string[], folder: string): Promise<void> {
    const get = () => run("apt-get", [...shared, ...lists, "download", ...names], folder, DOWNLOAD_LIMIT_MS, abort);
    try {
      await get();
    } catch (error) {
      abort?.throwIfAborted();
      if (lists.length > 0) throw error;
      lists = makeListOptions(workDir);
      await run("apt-get", [...shared, ...lists, "update"], workDir, UPDATE_LIMIT_MS, abort);
      await get();
    }
  }

  return {
    async unpack(names, root) {
      const folder = mkdtempSync(join(workDir, "packages-"));
      await download(names, folder);
      for (const file of readdirSync(folder)) execFileSync("dpkg-deb", ["--extract", join(folder, file), root]);
    },
    listDependencies(names) {
      const text = execFileSync("apt-cache", [...lists, "depends", "--important", ...names], { encoding: "utf8" });
      return [...text.matchAll(/Depends: (\S+)/g)].map(([, name]) => name ?? "");
    },
  };
}

/** Lists of packages in a folder of our own: writing the machine's would need root. */
function makeListOptions(workDir: string): string[] {
  const state = join(workDir, "apt");
  mkdirSync(join(state, "lists/partial"), { recursive: true });
  mkdirSync(join(state, "cache/archives/partial"), { recursive: true });
  const settings = [
    `Dir::State=${state}`,
    "Dir::State::status=/var/lib/dpkg/status",
    `Dir::Cache=${join(state, "cache")}`,
    "APT::Sandbox::User=",
    "Debug::NoLocking=1",
  ];
  return settings.flatMap((setting) => ["-o", setting]);
}

async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  limitMs: number,
  abort: AbortSignal | undefined,
) {
  const tool = await startGuarded({ name: command, command, args, cwd, env: { LC_ALL: "C" }, abort });
  const timer = setTimeout(() => void tool.stop(), limitMs);
  const { code } = await tool.ended;
  clearTimeout(timer);
  abort?.throwIfAborted();
  if (code === 0) return;
  const fault = tool
    .lastLines()
    .split("\n")
    .find((line) => line.startsWith("E:"));
  throw new Error(fault ?? `${command} took longer than ${limitMs / 1_000} s`);
}
