import { runBench, type Options } from "../_support/bench.ts";
import type { Harness } from "../_support/harness.ts";
import { CASES, QUICK_CASES, SYSTEMS, type System } from "./cases.ts";
import { measureIdle, type IdleCost } from "./memory.ts";
import { writeReport } from "./report.ts";
import { runCase, type Run } from "./run-case.ts";
import { setUp } from "./set-up.ts";

/** Compiles what runs often, so that the first case is not the one that pays for it. */
const WARM_UP = { name: "warm-up", replies: 40, perReply: 5, turns: undefined, seconds: 4 };
/** Ours pings a connection 12 s after it came, and then once in 48 s; stock once in 12 s. */
const IDLE = {
  full: { readers: 5_000, settleMs: 12_000, idleMs: 48_000 },
  quick: { readers: 300, settleMs: 0, idleMs: 2_000 },
};

await runBench({
  folder: "delivery",
  section: "Delivery",
  packages: ["ioredis", "ws", "graphql-ws", "graphql-redis-subscriptions", "resumable-stream"],
  cases: [...CASES.map(({ name }) => name), "idle"],
  usual: { full: { times: 3, seconds: 3.6 }, quick: { times: 1, seconds: 1.5 } },
  measure,
});

/** Each repetition goes through all cases, and each case through all systems, in another order each time. */
async function measure(harness: Harness, { quick, times, seconds, wants }: Options): Promise<string> {
  const { notify, abort } = harness;
  const cases = CASES.filter(({ name }) => wants(name) && (!quick || QUICK_CASES.includes(name)));
  const setup = await setUp(harness);
  for (const system of SYSTEMS) await runCase(setup, WARM_UP, system, quick ? 1 : WARM_UP.seconds);
  const runs: Run[] = [];
  for (let round = 0; round < times; round += 1) {
    for (const what of cases) {
      for (const [index] of SYSTEMS.entries()) {
        abort.throwIfAborted();
        const system = SYSTEMS[(index + round) % SYSTEMS.length] as System;
        const run = await runCase(setup, what, system, seconds);
        notify(
          `${what.name} ${system}: ${Math.round(run.chunksPerSecond)} chunks/s, ${run.cpuPerChunk.toFixed(1)} µs each, later p50 ${run.later.p50.toFixed(1)} ms`,
        );
        runs.push(run);
      }
    }
  }
  const waiting = IDLE[quick ? "quick" : "full"];
  const idle: IdleCost[] = [];
  for (const system of wants("idle") ? SYSTEMS.filter((each) => each !== "resumable") : []) {
    abort.throwIfAborted();
    notify(`${waiting.readers} idle readers, ${system} …`);
    idle.push(await measureIdle(setup, system, waiting));
  }
  return writeReport(cases, runs, idle, waiting.readers);
}
