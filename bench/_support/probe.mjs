// Loaded into measured processes with `--import`, beside `--expose-gc`. On SIGUSR2 it tells what memory is really in use, in
// bytes, and, with BENCH_WATCH_LOOP, for how long at most the event loop was late since the last one, in milliseconds. The
// watch wakes a process each millisecond, which takes 2 % of a core: more than thousands of idle sockets.
import { monitorEventLoopDelay } from "node:perf_hooks";

const lateness = monitorEventLoopDelay({ resolution: 1 });
if (process.env["BENCH_WATCH_LOOP"]) lateness.enable();

process.on("SIGUSR2", () => {
  const longestBlock = lateness.max / 1e6;
  // The second round frees what finalizers of the first let go.
  globalThis.gc();
  globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ probe: { longestBlock, rss, heap: heapUsed + external } })}\n`);
  lateness.reset();
});
