import { writeProfile } from "../_support/profile-table.ts";
import type { Run } from "./run-case.ts";

/** Where a server's time went, by delivery, and its writer's, by chunk. */
export function writeProfiles(run: Run, { server, writer }: NonNullable<Run["selfTimes"]>): string {
  const of = `${run.system}, ${run.case}`;
  return [
    writeProfile(`${of}, server`, server, { name: "a delivery", count: run.frames }),
    writeProfile(`${of}, writer`, writer, { name: "a chunk", count: run.sent }),
  ].join("\n\n");
}
