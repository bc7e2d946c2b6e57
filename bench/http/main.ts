import { describeCommit, describeLoad, describeMachine, describePackages } from "../_support/machine.ts";
import { show } from "../_support/numbers.ts";
import { writeProfile } from "../_support/profile-table.ts";
import { writeResults } from "../_support/results-file.ts";
import { readOptions, USAGE, type Options } from "./options.ts";
import { writeReport } from "./report.ts";
import { runCase, type Run } from "./run-case.ts";
import { setStage, type Stage } from "./stage.ts";

const MEASURED = [
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
];

try {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") console.log(USAGE);
  else await main(options);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}

async function main(options: Options): Promise<void> {
  const load = describeLoad();
  const abort = new AbortController();
  process.once("SIGINT", () => abort.abort(new Error("interrupted")));
  const stage = await setStage({ people: options.people, notify, abort: abort.signal });
  try {
    const runs = await measureCases(stage, options, abort.signal);
    const facts = [
      `${describeMachine(stage.versions)}.`,
      `${describePackages(MEASURED)}; Colloquy at ${describeCommit()}.`,
      `${options.times} times ${options.seconds} s each; load of the machine before: ${load}.`,
    ];
    const report = writeReport({ facts, cases: options.cases, runs });
    console.log(`\n${report}`);
    for (const { selfTimes, case: name, answered } of runs) {
      if (selfTimes) console.log(`\n${writeProfile(name, selfTimes, { name: "a request", count: answered })}`);
    }
    if (options.write) writeResults("HTTP", report);
  } finally {
    for (const { name, complaints } of Object.values(stage.servers)) {
      if (complaints.length > 0) notify(`${name} complained ${complaints.length} times, first: ${complaints[0]}`);
    }
    await stage.stop();
  }
}

/** Each repetition goes through all cases, so that what else the machine does meets all of them. */
async function measureCases(
  stage: Stage,
  { cases, times, seconds, profile }: Options,
  abort: AbortSignal,
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

function notify(line: string): void {
  console.error(line);
}
