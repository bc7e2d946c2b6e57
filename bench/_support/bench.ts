import { parseArgs } from "node:util";
import { startHarness, type Harness } from "./harness.ts";
import { describeCommit, describeLoad, describeMachine, describePackages } from "./machine.ts";
import { writeResults } from "./markdown.ts";

export type Options = Readonly<{
  /** Smaller numbers, for those who work on the bench. */
  quick: boolean;
  /** How often each case is measured, and how long each time. */
  times: number;
  seconds: number;
  /** Whether a case is wanted. */
  wants(name: string): boolean;
}>;

export type Bench = Readonly<{
  /** The folder, and the section of `bench/RESULTS.md`. */
  folder: string;
  section: string;
  /** Those whose versions matter. */
  packages: readonly string[];
  /** What `--case` may name. */
  cases: readonly string[];
  /** How often and how long, by default: in earnest, and with `--quick`. */
  usual: Readonly<Record<"full" | "quick", Readonly<{ times: number; seconds: number }>>>;
  /** Measures everything. @returns the report in Markdown */
  measure(harness: Harness, options: Options): Promise<string>;
}>;

/** Runs a bench as its command line wants it, and leaves nothing running. A fault ends the process with 1. */
export async function runBench(bench: Bench): Promise<void> {
  const { values } = parseArgs({
    options: {
      help: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      case: { type: "string" },
      times: { type: "string" },
      seconds: { type: "string" },
      write: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(describeUsage(bench));
  const usual = bench.usual[values.quick ? "quick" : "full"];
  const chosen = values.case?.split(",") ?? bench.cases;
  const unknown = chosen.find((name) => !bench.cases.includes(name));
  if (unknown !== undefined) throw new Error(`"${unknown}" is no case: ${bench.cases.join(", ")}`);
  const options: Options = {
    quick: values.quick,
    times: readCount("times", values.times) ?? usual.times,
    seconds: readCount("seconds", values.seconds) ?? usual.seconds,
    wants: (name) => chosen.includes(name),
  };

  const startedAt = Date.now();
  const load = describeLoad();
  const control = new AbortController();
  process.once("SIGINT", () => control.abort(new Error("interrupted")));
  const harness = await startHarness(bench.folder, { notify: (line) => console.error(line), abort: control.signal });
  try {
    const report = await bench.measure(harness, options);
    const facts = [
      await describeMachine(harness),
      `${describePackages(bench.packages)}; Colloquy at ${describeCommit()}`,
      `n = ${options.times} times ${options.seconds} s each; load of the machine before: ${load}; ${Math.round((Date.now() - startedAt) / 1_000)} s in all`,
    ];
    const text = `${facts.map((fact) => `- ${fact}.`).join("\n")}\n\n${report}`;
    console.log(`\n${text}`);
    if (values.write) writeResults(bench.section, text);
  } finally {
    await harness.stop();
  }
}

const describeUsage = ({ folder, cases, usual: { full } }: Bench): string => `npm run bench:${folder} -- [options]
  --quick          smaller and shorter, to see that it works
  --case LIST      only these: ${cases.join(", ")}
  --times N        how often each is measured (${full.times})
  --seconds N      how long each time (${full.seconds})
  --write          puts the results into bench/RESULTS.md`;

function readCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined || /^[1-9]\d*$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new Error(`--${name} needs a whole number above 0, not "${text}"`);
}
