import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import { dirname } from "node:path";
import type { Order } from "./guarded.ts";

/** Another user for a server that refuses to run as root. */
export type ServerUser = Readonly<{
  uid: number;
  gid: number;
  /** How to start a program as that user. */
  runAs(command: string, args: readonly string[]): Pick<Order, "command" | "args" | "user">;
}>;

/**
 * Finds a user for PostgreSQL when this process runs as root: the one who owns the data, or `postgres` where there is
 * one, else `nobody`. Nothing is created on the machine.
 *
 * @param dataDir need not exist yet
 * @param program has to be reached, as the data has
 * @returns undefined when this process is not root and can run the server itself
 */
export function findServerUser(dataDir: string, program: string): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const user = findOwner(dataDir) ?? findByName("postgres") ?? findByName("nobody");
  if (user === undefined) {
    throw new Error("PostgreSQL refuses to run as root, and there is no other user. Set DATABASE_URL");
  }
  const blocked = !isReachable(dataDir) || !isReachable(program);
  const runAs = (command: string, args: readonly string[]) =>
    blocked ? runPrivileged(user, command, args) : { command, args, user };
  return { ...user, runAs };
}

/**
 * The project lies in a folder that is root's alone, such as /root. The server may pass all the same: it gets the
 * capability for it, which root has in containers too.
 */
function runPrivileged(user: { uid: number; gid: number }, command: string, args: readonly string[]) {
  const identity = [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"];
  const capability = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"];
  // Without it access(2), by which PostgreSQL finds its own files, ignores the capability.
  const bits = ["--securebits=+no_setuid_fixup"];
  return { command: "setpriv", args: [...identity, ...capability, ...bits, "--", command, ...args] };
}

function findOwner(path: string): { uid: number; gid: number } | undefined {
  const owner = statSync(path, { throwIfNoEntry: false });
  return owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : undefined;
}

function findByName(name: string): { uid: number; gid: number } | undefined {
  const read = (flag: string) =>
    Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
  try {
    return { uid: read("-u"), gid: read("-g") };
  } catch {
    return undefined;
  }
}

const OTHERS_MAY_PASS = 0o001;

function isReachable(path: string): boolean {
  for (let dir = dirname(path); dir !== dirname(dir); dir = dirname(dir)) {
    if ((statSync(dir).mode & OTHERS_MAY_PASS) === 0) return false;
  }
  return true;
}
