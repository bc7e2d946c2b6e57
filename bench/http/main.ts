import { show } from "../_support/numbers.ts";
import { writeProfile } from "../_support/profile-table.ts";
import { runBench, type Course, type Findings } from "../_support/run-bench.ts";
import { readOptions, USAGE, type Options } from "./options.ts";
import { writeReport } from "./report.ts";
import { runCase, type Run } from "./run-case.ts";
import { setStage, type Stage } from "./stage.ts";

await runBench<Options, Stage>({
  section: "HTTP",
  usage: USAGE,
  packages: [
    "graphql",
    "graphql-yoga",
    "@prisma/client",
    "ioredis",
    "jose",
    "bullmq",
    "express",
    "@apollo/server",
    "mercurius",
    "fastify",
    "autocannon",
  ],
  readOptions,
  setStage: ({ people }, course) => setStage({ people, ...course }),
  programs: ({ servers }) => Object.values(servers),
  measure,
});

async function measure(stage: Stage, options: Options, course: Course): Promise<Findings> {
  const runs = await measureCases(stage, options, course);
  return {
    how: `${options.times} times ${options.seconds} s each`,
    report: (facts) => writeReport({ facts, cases: options.cases, runs }),
    profiles: runs.flatMap(({ selfTimes, case: name, answered }) =>
      selfTimes ? [writeProfile(name, selfTimes, { name: "a request", count: answered })] : [],
    ),
  };
}

/** Each repetition goes through all cases, so that what else the machine does meets all of them. */
async function measureCases(
  stage: Stage,
  { cases, times, seconds, profile }: Options,
  { notify, abort }: Course,
): Promise<Run[]> {
  const runs: Run[] = [];
  for (let round = 0; round < times; round += 1) {
    for (const what of cases) {
      abort.throwIfAborted();
      const run = await runCase(stage, what, { seconds, profile });
      notify(`${what.name}: ${show(run.perSecond)}/s, p50 ${show(run.p50)} ms, p99 ${show(run.p99)} ms`);
      runs.push(run);
    }
  }
  return runs;
}
