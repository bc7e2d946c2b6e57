import { runBench, type Options } from "../_support/bench.ts";
import type { Harness } from "../_support/harness.ts";
import { show } from "../_support/numbers.ts";
import { runFlood } from "./flood.ts";
import { runHeld } from "./held.ts";
import { runQuick } from "./quick.ts";
import { writeReport, type Runs } from "./report.ts";
import { setUp } from "./set-up.ts";

/** How many replies a worker gets through, and holds, and how many messages one user sends at once. */
const SIZES = { full: { quick: 3_000, held: [100, 500], flood: 1_000 }, quick: { quick: 300, held: [50], flood: 200 } };
const WARM = 300;

await runBench({
  folder: "replies",
  section: "Replies",
  packages: ["bullmq", "ioredis", "@prisma/client", "@google/genai"],
  cases: ["quick", "held", "flood"],
  usual: { full: { times: 2, seconds: 10 }, quick: { times: 1, seconds: 4 } },
  measure,
});

/** Each repetition goes through all of it, so that what else the machine does meets all. */
async function measure(harness: Harness, { quick, times, seconds, wants }: Options): Promise<string> {
  const sizes = SIZES[quick ? "quick" : "full"];
  const { notify, abort } = harness;
  const setup = await setUp(harness);
  const runs: Runs = { quick: [], held: [], flood: [] };
  await runQuick(setup, WARM);
  for (let round = 0; round < times; round += 1) {
    abort.throwIfAborted();
    if (wants("quick")) {
      const run = await runQuick(setup, sizes.quick);
      notify(`${show(run.perSecond)} quick replies/s, ${show(run.cpu.worker)} ms CPU of the worker each`);
      runs.quick.push(run);
    }
    for (const held of wants("held") ? sizes.held : []) {
      abort.throwIfAborted();
      const run = await runHeld(setup, held, seconds);
      notify(`${held} held: chunks p50 ${show(run.late.p50)} ms late, p99 ${show(run.late.p99)} ms`);
      runs.held.push(run);
    }
    for (const flood of wants("flood") ? [0, sizes.flood] : []) {
      abort.throwIfAborted();
      const run = await runFlood(setup, flood, seconds);
      notify(`a flood of ${flood}: another waits p50 ${show(run.wait.p50)} ms, at most ${show(run.wait.max)} ms`);
      runs.flood.push(run);
    }
  }
  return writeReport(runs);
}
