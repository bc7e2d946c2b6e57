import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Of version 1 and 2: https://docs.kernel.org/scheduler/sched-bwc.html, https://docs.kernel.org/admin-guide/cgroup-v2.html */
const GROUPS = [
  {
    root: "/sys/fs/cgroup/cpu",
    quota: (dir: string, us: number) => writeFileSync(join(dir, "cpu.cfs_quota_us"), `${us}`),
  },
  {
    root: "/sys/fs/cgroup",
    quota: (dir: string, us: number) => writeFileSync(join(dir, "cpu.max"), `${us} ${PERIOD_US}`),
  },
];
/** As it is by default. */
const PERIOD_US = 100_000;

/**
 * Lets a process have no more than a share of one core, so that a machine of two cores can show how work scales over
 * processes. Needs root, and control groups.
 *
 * @param share 0.2 is a fifth of a core
 * @returns a function that undoes it, to be called when the process has ended
 * @throws when this machine does not allow it
 */
export function confine(pid: number, share: number): () => void {
  for (const { root, quota } of GROUPS) {
    const dir = join(root, `colloquy-bench-${pid}`);
    try {
      mkdirSync(dir);
      quota(dir, PERIOD_US * share);
      writeFileSync(join(dir, "cgroup.procs"), `${pid}`);
      return () => rmdirSync(dir);
    } catch {
      continue;
    }
  }
  throw new Error("processes cannot be confined here: that takes root, and control groups of the CPU");
}
