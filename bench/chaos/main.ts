import { build } from "../_support/build.ts";
import { writeResults } from "../_support/results-file.ts";
import { readOptions, USAGE, type Options } from "./options.ts";
import { describeRun, isClean, tabulate } from "./report.ts";
import { runChaos, type Result } from "./run.ts";

const options = readOptions(process.argv.slice(2));
if (options === "help") console.log(USAGE);
else process.exitCode = await main(options);

/** @returns the exit code */
async function main({ seed, runs, ...rest }: Options): Promise<number> {
  const abort = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => abort.abort());
  const { dir, remove } = await build();
  try {
    const results: Result[] = [];
    for (let run = 0; run < runs; run += 1) {
      const result = await runChaos(
        { ...rest, runs, seed: seed + run },
        { buildDir: dir, notify: console.error, abort: abort.signal },
      );
      results.push(result);
      console.log(`${describeRun(result)}\n`);
    }
    if (runs > 1) console.log(tabulate(results));
    if (rest.write) writeResults("Chaos", tabulate(results));
    return results.every(isClean) ? 0 : 1;
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    console.error("Stopped.");
    return 130;
  } finally {
    remove();
  }
}
