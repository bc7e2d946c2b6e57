import { describeCommit, describeLoad, describeMachine, describePackages } from "../_support/machine.ts";
import { show } from "../_support/numbers.ts";
import { writeProfile } from "../_support/profile-table.ts";
import { writeResults } from "../_support/results-file.ts";
import { runFlood } from "./flood.ts";
import { runHeld } from "./held.ts";
import { readOptions, USAGE, type Options } from "./options.ts";
import { runQuick } from "./quick.ts";
import { writeReport, type Runs } from "./report.ts";
import { setStage, type Stage } from "./stage.ts";

const MEASURED = ["bullmq", "ioredis", "@prisma/client", "@google/genai"];

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
  const stage = await setStage({ concurrency: options.concurrency, notify, abort: abort.signal });
  try {
    const runs = await measure(stage, options, abort.signal);
    const facts = [
      `${describeMachine(stage.versions)}.`,
      `${describePackages(MEASURED)}; Colloquy at ${describeCommit()}.`,
      `${options.times} times each; load of the machine before: ${load}.`,
    ];
    const report = writeReport({ facts, ...runs });
    console.log(`\n${report}`);
    for (const { selfTimes, replies } of runs.quick)
      if (selfTimes) console.log(`\n${writeProfile("quick replies", selfTimes, { name: "a reply", count: replies })}`);
    for (const { selfTimes, held } of runs.held) {
      const unit = { name: "a second", count: options.seconds };
      if (selfTimes) console.log(`\n${writeProfile(`${held} replies held`, selfTimes, unit)}`);
    }
    if (options.write) writeResults("Replies", report);
  } finally {
    for (const { name, complaints } of [stage.worker, ...stage.senders]) {
      if (complaints.length > 0) notify(`${name} complained ${complaints.length} times, first: ${complaints[0]}`);
    }
    await stage.stop();
  }
}

/** Each repetition goes through all of it, so that what else the machine does meets all. */
async function measure(stage: Stage, options: Options, abort: AbortSignal): Promise<Runs> {
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

function notify(line: string): void {
  console.error(line);
}
