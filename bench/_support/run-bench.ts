import { describeCommit, describeLoad, describeMachine, describePackages } from "./machine.ts";
import type { Program } from "./program.ts";
import { writeResults } from "./results-file.ts";
import type { Versions } from "./versions.ts";

/** All processes of a run, each a real one. */
type Staged = Readonly<{ versions: Versions; stop(): Promise<void> }>;

/** Of a run that goes on. */
export type Course = Readonly<{ notify: (line: string) => void; abort: AbortSignal }>;

export type Findings = Readonly<{
  /** How it was measured, such as how often. */
  how: string;
  /** @param facts on which machine, of what, and when */
  report(facts: readonly string[]): string;
  /** Where the processes' time went, if it was asked for. */
  profiles: readonly string[];
}>;

export type Bench<Options, Stage> = Readonly<{
  /** The section of `bench/RESULTS.md`. */
  section: string;
  usage: string;
  /** Those whose versions matter. */
  packages: readonly string[];
  readOptions(args: string[]): Options | "help";
  setStage(options: Options, course: Course): Promise<Stage>;
  programs(stage: Stage): readonly Program[];
  measure(stage: Stage, options: Options, course: Course): Promise<Findings>;
}>;

/** Runs a bench as its command line wants it, and leaves nothing running. A fault ends the process with 1. */
export async function runBench<Options extends { write: boolean }, Stage extends Staged>(
  bench: Bench<Options, Stage>,
): Promise<void> {
  try {
    const options = bench.readOptions(process.argv.slice(2));
    if (options === "help") console.log(bench.usage);
    else await run(bench, options);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
}

async function run<Options extends { write: boolean }, Stage extends Staged>(
  bench: Bench<Options, Stage>,
  options: Options,
): Promise<void> {
  const startedAt = Date.now();
  const load = describeLoad();
  const control = new AbortController();
  process.once("SIGINT", () => control.abort(new Error("interrupted")));
  const course: Course = { notify: (line) => console.error(line), abort: control.signal };
  const stage = await bench.setStage(options, course);
  try {
    const { how, report, profiles } = await bench.measure(stage, options, course);
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    const text = report([
      `${describeMachine(stage.versions)}.`,
      `${describePackages(bench.packages)}; Colloquy at ${describeCommit()}.`,
      `${how}; load of the machine before: ${load}; ${seconds} s in all.`,
    ]);
    for (const part of [text, ...profiles]) console.log(`\n${part}`);
    if (options.write) writeResults(bench.section, text);
  } finally {
    // What the processes had to say stands beside the numbers: a fault explains them.
    for (const { name, complaints } of bench.programs(stage)) {
      if (complaints.length > 0)
        course.notify(`${name} complained ${complaints.length} times, first: ${complaints[0]}`);
    }
    await stage.stop();
  }
}
