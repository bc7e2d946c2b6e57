import { show } from "../_support/numbers.ts";
import { writeProfile } from "../_support/profile-table.ts";
import { runBench, type Course, type Findings } from "../_support/run-bench.ts";
import { runFlood } from "./flood.ts";
import { runHeld } from "./held.ts";
import { readOptions, USAGE, type Options } from "./options.ts";
import { runQuick } from "./quick.ts";
import { writeReport, type Runs } from "./report.ts";
import { setStage, type Stage } from "./stage.ts";

await runBench<Options, Stage>({
  section: "Replies",
  usage: USAGE,
  packages: ["bullmq", "ioredis", "@prisma/client", "@google/genai"],
  readOptions,
  setStage: ({ concurrency }, course) => setStage({ concurrency, ...course }),
  programs: ({ worker, senders }) => [worker, ...senders],
  measure,
});

async function measure(stage: Stage, options: Options, course: Course): Promise<Findings> {
  const runs = await measureAll(stage, options, course);
  return {
    how: `${options.times} times each`,
    report: (facts) => writeReport({ facts, ...runs }),
    profiles: [
      ...runs.quick.flatMap(({ selfTimes, replies }) =>
        selfTimes ? [writeProfile("quick replies", selfTimes, { name: "a reply", count: replies })] : [],
      ),
      ...runs.held.flatMap(({ selfTimes, held }) =>
        selfTimes
          ? [writeProfile(`${held} replies held`, selfTimes, { name: "a second", count: options.seconds })]
          : [],
      ),
    ],
  };
}

/** Each repetition goes through all of it, so that what else the machine does meets all. */
async function measureAll(stage: Stage, options: Options, { notify, abort }: Course): Promise<Runs> {
  const runs: Runs = { quick: [], held: [], flood: [] };
  const { replies, seconds, profile } = options;
  for (let round = 0; round < options.times; round += 1) {
    abort.throwIfAborted();
    const quick = await runQuick(stage, { replies, profile });
    notify(`${show(quick.perSecond)} quick replies/s, ${show(quick.cpu.worker * 1e3)} ms CPU of the worker each`);
    runs.quick.push(quick);
    for (const held of options.held) {
      abort.throwIfAborted();
      const run = await runHeld(stage, { held, seconds, profile });
      notify(`${held} held: chunks p50 ${show(run.late.p50)} ms late, p99 ${show(run.late.p99)} ms`);
      runs.held.push(run);
    }
    for (const flood of [0, options.flood]) {
      abort.throwIfAborted();
      const run = await runFlood(stage, { flood, seconds });
      notify(
        `a flood of ${flood}: the other user waits p50 ${show(run.wait.p50)} ms, at most ${show(run.wait.max)} ms`,
      );
      runs.flood.push(run);
    }
  }
  return runs;
}
