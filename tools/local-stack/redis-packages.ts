import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createApt, type Apt } from "./apt.ts";

export type UnpackedRedis = Readonly<{ command: string; env: Record<string, string> }>;

/** A release has one of them or both. The server's program may be a link into the tools' package. */
const CANDIDATES = [
  { program: "usr/bin/redis-server", packages: ["redis-server", "redis-tools"] },
  { program: "usr/bin/valkey-server", packages: ["valkey-server", "valkey-tools"] },
];
/** How deep the search for missing libraries goes along the packages' dependencies. */
const LEVELS = 5;

/** The server that an earlier `unpackRedis` left, if any, and if the machine can still run it. */
export function findUnpackedRedis(cacheDir: string): UnpackedRedis | undefined {
  return findServer(join(resolve(cacheDir), "unpacked"));
}

/**
 * Downloads the distribution's Redis, with the libraries that the machine lacks, and unpacks it. Needs `apt-get` and
 * `dpkg-deb`, but not root, and leaves the machine's own packages and lists alone.
 *
 * @param cacheDir gets the files
 * @throws when the packages cannot be had
 */
export async function unpackRedis(cacheDir: string, abort: AbortSignal | undefined): Promise<UnpackedRedis> {
  mkdirSync(cacheDir, { recursive: true });
  const workDir = mkdtempSync(join(resolve(cacheDir), "unpacking-"));
  try {
    const root = await unpackCandidate(createApt(workDir, abort), workDir);
    const target = join(resolve(cacheDir), "unpacked");
    rmSync(target, { recursive: true, force: true });
    renameSync(root, target);
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
  const server = findUnpackedRedis(cacheDir);
  if (server === undefined) throw new Error("the unpacked server does not run");
  return server;
}

async function unpackCandidate(apt: Apt, workDir: string): Promise<string> {
  const faults: string[] = [];
  for (const [index, { packages }] of CANDIDATES.entries()) {
    const root = join(workDir, `root-${index}`);
    try {
      await unpackWithLibraries(apt, packages, root);
      return root;
    } catch (error) {
      faults.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(faults.join("; "));
}

async function unpackWithLibraries(apt: Apt, packages: readonly string[], root: string): Promise<void> {
  const unpacked = new Set<string>();
  let wanted = packages;
  for (let level = 0; level < LEVELS && wanted.length > 0; level += 1) {
    await apt.unpack(wanted, root);
    if (findServer(root)) return;
    for (const name of wanted) unpacked.add(name);
    const libraries = new Set(apt.listDependencies(wanted).filter((name) => /^(lib|lua)/.test(name)));
    wanted = [...libraries].filter((name) => !unpacked.has(name) && !isInstalled(name));
  }
  throw new Error(`${packages[0]} lacks a library that no package brought`);
}

function isInstalled(name: string): boolean {
  try {
    const args = ["--showformat", "${db:Status-Status}", "--show", name];
    return execFileSync("dpkg-query", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }) === "installed";
  } catch {
    return false;
  }
}

function findServer(root: string): UnpackedRedis | undefined {
  const command = CANDIDATES.map(({ program }) => join(root, program)).find((path) => existsSync(path));
  if (command === undefined) return undefined;
  const files = readdirSync(root, { recursive: true, encoding: "utf8" });
  const folders = new Set(files.filter((file) => /\.so(\.|$)/.test(file)).map((file) => join(root, dirname(file))));
  const env: Record<string, string> = folders.size === 0 ? {} : { LD_LIBRARY_PATH: [...folders].join(":") };
  try {
    execFileSync(command, ["--version"], { env: { ...process.env, ...env }, stdio: "ignore" });
    return { command, env };
  } catch {
    return undefined;
  }
}
