import type { SelfTimes } from "../_support/program.ts";
import { markdownTable } from "../_support/table.ts";
import type { Run } from "./run-case.ts";

const SHOWN = 40;

/** Where a server's time went, by delivery. Sampled by the clock on the wall: on a busy machine it counts waiting for the CPU too. */
export function writeProfile(run: Run, selfTimes: SelfTimes): string {
  const busy = Object.entries(selfTimes).filter(([name]) => name !== "(idle)");
  const sum = busy.reduce((total, [, time]) => total + time, 0);
  const rows = busy
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([name, time]) => [name, (time / run.frames).toFixed(2), `${((time / sum) * 100).toFixed(1)} %`]);
  const title = `${run.system}, ${run.case}: ${(sum / run.frames).toFixed(1)} µs a delivery`;
  return `${title}\n\n${markdownTable(["in the function itself", "µs", "share"], rows)}`;
}
