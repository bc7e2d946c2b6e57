import fc from "fast-check";

export const PROCESSES = ["API 1", "API 2", "worker 1", "worker 2", "Redis"] as const;
export type ProcessName = (typeof PROCESSES)[number];

/** `kill` is SIGKILL, `stop` SIGTERM, `freeze` SIGSTOP and later SIGCONT. */
export type FaultKind = "kill" | "stop" | "freeze";

/** What goes wrong so long after the fault before it. Times are milliseconds. */
export type Fault = Readonly<{
  process: ProcessName;
  kind: FaultKind;
  pauseMs: number;
  /** How long the part stays down, or frozen. */
  downMs: number;
}>;

/** Freezes of workers last beyond a job's lock in the queue, which is 5 s. */
const FAULTS = fc.oneof(
  choice(5, ["worker 1", "worker 2"], "kill", [100, 3_000]),
  choice(2, ["worker 1", "worker 2"], "stop", [100, 2_000]),
  choice(3, ["worker 1", "worker 2"], "freeze", [1_000, 9_000]),
  choice(4, ["API 1", "API 2"], "kill", [100, 3_000]),
  choice(2, ["API 1", "API 2"], "stop", [100, 2_000]),
  choice(2, ["API 1", "API 2"], "freeze", [1_000, 7_000]),
  choice(3, ["Redis"], "kill", [50, 3_000]),
  choice(2, ["Redis"], "freeze", [500, 7_000]),
);

function choice(
  weight: number,
  processes: readonly ProcessName[],
  kind: FaultKind,
  [min, max]: readonly [number, number],
) {
  const arbitrary = fc.record({
    process: fc.constantFrom(...processes),
    kind: fc.constant(kind),
    pauseMs: fc.integer({ min: 1_000, max: 4_000 }),
    downMs: fc.integer({ min, max }),
  });
  return { weight, arbitrary };
}

/** What will go wrong, and when: the same for the same seed. */
export function planFaults(seed: number, seconds: number): Fault[] {
  let at = 0;
  return fc
    .sample(FAULTS, { seed, numRuns: seconds, unbiased: true })
    .filter(({ pauseMs }) => (at += pauseMs) < seconds * 1_000);
}
