import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { findUnpackedRedis, unpackRedis } from "./redis-packages.ts";

export type RedisProgram = Readonly<{ command: string; env?: Record<string, string> }>;

const NAMES = ["redis-server", "valkey-server"];

/**
 * Finds a Redis server's program: on PATH, or unpacked from the distribution's packages by an earlier start, or, on
 * Debian and Ubuntu, unpacked now. Neither needs root, and nothing is installed.
 *
 * @param cacheDir keeps what was unpacked
 * @throws one line that says what to do
 */
export async function findRedisProgram(
  cacheDir: string,
  options: { notify?: ((line: string) => void) | undefined; abort?: AbortSignal | undefined },
): Promise<RedisProgram> {
  for (const name of NAMES) {
    const command = findOnPath(name);
    if (command !== undefined) return { command };
  }
  const unpacked = findUnpackedRedis(cacheDir);
  if (unpacked) return unpacked;

  const advice = "Install redis-server or valkey-server, or set REDIS_URL";
  if (findOnPath("apt-get") === undefined || findOnPath("dpkg-deb") === undefined) {
    throw new Error(`No Redis server is on PATH. ${advice}`);
  }
  options.notify?.(`No Redis server is on PATH: unpacking the distribution's package into ${cacheDir}, this once`);
  try {
    return await unpackRedis(cacheDir, options.abort);
  } catch (cause) {
    options.abort?.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`No Redis server is on PATH, and the package could not be unpacked. ${advice}. (${reason})`, {
      cause,
    });
  }
}

function findOnPath(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
