import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Reads the command line of a running process, to tell whether a number left in a file still means the same process.
 *
 * @returns undefined when there is no such process
 */
export function readCommandLine(pid: number): string | undefined {
  try {
    if (process.platform === "linux") {
      // A process that ended but was not collected yet has an empty command line.
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim() || undefined;
    }
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" }).trim() || undefined;
  } catch {
    return undefined;
  }
}
