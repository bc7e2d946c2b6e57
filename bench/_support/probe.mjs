// Loaded into measured processes with `--import`, beside `--expose-gc`. On SIGUSR2 it tells for how long at most the event
// loop was late since the last one, in milliseconds, and what memory is really in use, in bytes.
import { monitorEventLoopDelay } from "node:perf_hooks";

const lateness = monitorEventLoopDelay({ resolution: 1 });
lateness.enable();

process.on("SIGUSR2", () => {
  const longestBlock = lateness.max / 1e6;
  // The second round frees what finalizers of the first let go.
  globalThis.gc();
  globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ probe: { longestBlock, rss, heap: heapUsed + external } })}\n`);
  lateness.reset();
});
