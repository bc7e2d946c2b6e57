import { describeCommit, describeLoad, describeMachine, describePackages } from "../_support/machine.ts";
import { writeResults } from "../_support/results-file.ts";
import type { Case } from "./cases.ts";
import { measureIdle, measureLive, type IdleCost, type LiveCost } from "./memory.ts";
import { readOptions, USAGE, type Options } from "./options.ts";
import { writeProfiles } from "./profile.ts";
import { writeReport } from "./report.ts";
import { runCase, type Run } from "./run-case.ts";
import { setStage, type Stage } from "./stage.ts";

const MEASURED = [
  "ioredis",
  "ws",
  "graphql",
  "graphql-yoga",
  "graphql-ws",
  "graphql-redis-subscriptions",
  "resumable-stream",
];
/** Compiles what runs often, so that the first case is not the one that pays for it. */
const WARM_UP: Omit<Case, "systems"> = { name: "warm-up", replies: 40, perReply: 5, windowMs: 4_000, times: 1 };

try {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") console.log(USAGE);
  else await main(options);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}

async function main(options: Options): Promise<void> {
  const start = Date.now();
  const load = describeLoad();
  const abort = new AbortController();
  process.once("SIGINT", () => abort.abort(new Error("interrupted")));
  const stage = await setStage({ notify, abort: abort.signal });
  try {
    const runs = await measureCases(stage, options, abort.signal);
    const memory = options.idle > 0 ? await measureMemory(stage, options, abort.signal) : undefined;
    const facts = [
      `${describeMachine(stage.versions)}.`,
      `${describePackages(MEASURED)}; Colloquy at ${describeCommit()}.`,
      `Seed ${options.seed}; load of the machine before: ${load}; ${Math.round((Date.now() - start) / 1_000)} s in all.`,
    ];
    const report = writeReport({ facts, cases: options.cases, runs, ...memory });
    console.log(`\n${report}`);
    for (const run of runs) if (run.selfTimes) console.log(`\n${writeProfiles(run, run.selfTimes)}`);
    if (options.write) writeResults("Delivery", report);
  } finally {
    complain(stage);
    await stage.stop();
  }
}

/** Each repetition goes through all cases, and each case through all systems, in another order each time. */
async function measureCases(stage: Stage, { cases, seed, profile }: Options, abort: AbortSignal): Promise<Run[]> {
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
  abort: AbortSignal,
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

/** What the processes had to say stands beside the numbers: a fault explains them. */
function complain(stage: Stage): void {
  const { standIn, worker, publisher, client, servers } = stage;
  for (const { name, complaints } of [standIn, worker, publisher, client, ...Object.values(servers)]) {
    if (complaints.length > 0) notify(`${name} complained ${complaints.length} times, first: ${complaints[0]}`);
  }
}

function notify(line: string): void {
  console.error(line);
}
