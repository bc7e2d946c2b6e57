import { runBench, type Course, type Findings } from "../_support/run-bench.ts";
import type { Case } from "./cases.ts";
import { measureIdle, measureLive, type IdleCost, type LiveCost } from "./memory.ts";
import { readOptions, USAGE, type Options } from "./options.ts";
import { writeProfiles } from "./profile.ts";
import { writeReport } from "./report.ts";
import { runCase, type Run } from "./run-case.ts";
import { setStage, type Stage } from "./stage.ts";

/** Compiles what runs often, so that the first case is not the one that pays for it. */
const WARM_UP: Omit<Case, "systems"> = { name: "warm-up", replies: 40, perReply: 5, windowMs: 4_000, times: 1 };

await runBench<Options, Stage>({
  section: "Delivery",
  usage: USAGE,
  packages: [
    "ioredis",
    "ws",
    "graphql",
    "graphql-yoga",
    "graphql-ws",
    "graphql-redis-subscriptions",
    "resumable-stream",
  ],
  readOptions,
  setStage: (_options, course) => setStage(course),
  programs: ({ standIn, worker, publisher, client, servers }) => [
    standIn,
    worker,
    publisher,
    client,
    ...Object.values(servers),
  ],
  measure,
});

async function measure(stage: Stage, options: Options, course: Course): Promise<Findings> {
  const runs = await measureCases(stage, options, course);
  const memory = options.idle > 0 ? await measureMemory(stage, options, course) : undefined;
  return {
    how: `Seed ${options.seed}`,
    report: (facts) => writeReport({ facts, cases: options.cases, runs, ...memory }),
    profiles: runs.flatMap((run) => (run.selfTimes ? [writeProfiles(run, run.selfTimes)] : [])),
  };
}

/** Each repetition goes through all cases, and each case through all systems, in another order each time. */
async function measureCases(
  stage: Stage,
  { cases, seed, profile }: Options,
  { notify, abort }: Course,
): Promise<Run[]> {
  for (const system of new Set(cases.flatMap(({ systems }) => systems))) {
    await runCase(stage, { ...WARM_UP, systems: [system] }, system, { seed });
  }
  const runs: Run[] = [];
  for (let round = 0; round < Math.max(0, ...cases.map(({ times }) => times)); round += 1) {
    for (const what of cases.filter(({ times }) => times > round)) {
      for (const [index] of what.systems.entries()) {
        const system = what.systems[(index + round) % what.systems.length];
        if (!system) continue;
        abort.throwIfAborted();
        const run = await runCase(stage, what, system, { seed, profile });
        const perSecond = Math.round(run.frames / run.seconds);
        const price = [run.cpu.server, run.kernel].map((cpu) => ((cpu / run.frames) * 1e6).toFixed(1)).join("/");
        notify(
          `${what.name} ${system}: ${perSecond} deliveries/s, ${price} µs each, later p50 ${run.later.p50.toFixed(1)} ms`,
        );
        runs.push(run);
      }
    }
  }
  return runs;
}

async function measureMemory(
  stage: Stage,
  { idle, live }: Options,
  { notify, abort }: Course,
): Promise<{ idle: IdleCost[]; live: LiveCost }> {
  const found: IdleCost[] = [];
  for (const system of ["bare", "colloquy", "stock"] as const) {
    abort.throwIfAborted();
    notify(`Memory of ${idle} idle subscribers, ${system} …`);
    found.push(await measureIdle(stage, system, idle));
  }
  notify(`Memory of ${live} live replies …`);
  return { idle: found, live: await measureLive(stage, live) };
}
