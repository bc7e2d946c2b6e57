import type { SelfTimes } from "./program.ts";
import { markdownTable } from "./table.ts";

const SHOWN = 40;

/** Where a process's time went, by `unit`. Sampled by the clock on the wall: on a busy machine it counts waiting for the CPU too. */
export function writeProfile(of: string, selfTimes: SelfTimes, unit: { name: string; count: number }): string {
  const busy = Object.entries(selfTimes).filter(([name]) => name !== "(idle)");
  const sum = busy.reduce((total, [, time]) => total + time, 0);
  const rows = busy
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([name, time]) => [name, (time / unit.count).toFixed(2), `${((time / sum) * 100).toFixed(1)} %`]);
  const title = `${of}: ${(sum / unit.count).toFixed(1)} µs ${unit.name}`;
  return `${title}\n\n${markdownTable(["in the function itself", "µs", "share"], rows)}`;
}
