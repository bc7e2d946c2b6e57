import type { SelfTimes } from "../_support/program.ts";
import { markdownTable } from "../_support/table.ts";
import type { Run } from "./run-case.ts";

const SHOWN = 40;

/** Where a server's time went, by delivery, and its writer's, by chunk. */
export function writeProfiles(run: Run, { server, writer }: NonNullable<Run["selfTimes"]>): string {
  const of = `${run.system}, ${run.case}`;
  return [
    writeProfile(`${of}, server`, server, { name: "a delivery", count: run.frames }),
    writeProfile(`${of}, writer`, writer, { name: "a chunk", count: run.sent }),
  ].join("\n\n");
}

/** Sampled by the clock on the wall: on a busy machine it counts waiting for the CPU too. */
function writeProfile(of: string, selfTimes: SelfTimes, unit: { name: string; count: number }): string {
  const busy = Object.entries(selfTimes).filter(([name]) => name !== "(idle)");
  const sum = busy.reduce((total, [, time]) => total + time, 0);
  const rows = busy
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([name, time]) => [name, (time / unit.count).toFixed(2), `${((time / sum) * 100).toFixed(1)} %`]);
  const title = `${of}: ${(sum / unit.count).toFixed(1)} µs ${unit.name}`;
  return `${title}\n\n${markdownTable(["in the function itself", "µs", "share"], rows)}`;
}
