import { median } from "../_support/numbers.ts";
import type { Case } from "./cases.ts";
import type { Part, Run } from "./run-case.ts";

/** One case, by the medians of its repetitions. */
export type Summary = Readonly<
  Pick<Run, "perSecond" | "p50" | "p99" | "block"> & {
    name: string;
    title: string;
    /** Microseconds a request. */
    cpu: Readonly<Record<Part, number>>;
  }
>;

export function summarise({ name, title }: Case, runs: readonly Run[]): Summary {
  const own = runs.filter((run) => run.case === name);
  const middle = (pick: (run: Run) => number) => median(own.map(pick));
  return {
    name,
    title,
    perSecond: middle((run) => run.perSecond),
    p50: middle((run) => run.p50),
    p99: middle((run) => run.p99),
    block: middle((run) => run.block),
    cpu: {
      server: middle((run) => run.cpu.server),
      redis: middle((run) => run.cpu.redis),
      postgres: middle((run) => run.cpu.postgres),
      client: middle((run) => run.cpu.client),
    },
  };
}
