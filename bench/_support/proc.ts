import { readdirSync, readFileSync } from "node:fs";

/** Of `/proc/<pid>/stat`, https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** A process, or one with all its children, past and present: PostgreSQL has one for each connection. */
export type Target = number | Readonly<{ familyOf: number }>;

/**
 * Reads the CPU time that processes have used, user and system, in seconds, to a hundredth.
 *
 * @returns a function that tells what each has used since
 * @throws when there is no such process, or no /proc
 */
export function startCpuClock<Name extends string>(
  targets: Readonly<Record<Name, Target>>,
): () => Record<Name, number> {
  const names = Object.keys(targets) as Name[];
  const before = names.map((name) => readCpu(targets[name]));
  return () => {
    const used = names.map((name, index) => [name, readCpu(targets[name]) - (before[index] ?? 0)] as const);
    return Object.fromEntries(used) as Record<Name, number>;
  };
}

function readCpu(target: Target): number {
  if (typeof target === "number") return readStat(target).own / TICKS_PER_SECOND;
  const { own, ended } = readStat(target.familyOf);
  let ticks = own + ended;
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const child = readStat(Number(name));
      if (child.parent === target.familyOf) ticks += child.own;
    } catch {
      // It has ended while we looked around.
    }
  }
  return ticks / TICKS_PER_SECOND;
}

/** In ticks; `ended` is what children used that are no more. */
function readStat(pid: number): { parent: number; own: number; ended: number } {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The second field is the command in parentheses, which may hold spaces.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const field = (number: number) => Number(fields[number - 3]);
  return { parent: field(4), own: field(14) + field(15), ended: field(16) + field(17) };
}
