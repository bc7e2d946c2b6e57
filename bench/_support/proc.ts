import { readdirSync, readFileSync } from "node:fs";

/** Of `/proc/<pid>/stat`, https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * CPU time that a process with all its threads has used, in seconds, to a hundredth.
 *
 * @throws when there is no such process, or no /proc
 */
export function readCpu(pid: number): number {
  const { utime, stime } = readStat(pid);
  return (utime + stime) / TICKS_PER_SECOND;
}

/** The part of that which the kernel has used for it, in system calls. */
export const readKernelCpu = (pid: number): number => readStat(pid).stime / TICKS_PER_SECOND;

/** As `readCpu`, with the process's children, past and present: PostgreSQL has one for each connection. */
export function readFamilyCpu(pid: number): number {
  const own = readStat(pid);
  let ticks = own.utime + own.stime + own.ended;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const child = readStat(Number(name));
      if (child.parent === pid) ticks += child.utime + child.stime;
    } catch {
      // It has ended while we looked around.
    }
  }
  return ticks / TICKS_PER_SECOND;
}

/** In ticks; `ended` is what children used that are no more. */
function readStat(pid: number): { parent: number; utime: number; stime: number; ended: number } {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The second field is the command in parentheses, which may hold spaces.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const field = (number: number) => Number(fields[number - 3]);
  return { parent: field(4), utime: field(14), stime: field(15), ended: field(16) + field(17) };
}
