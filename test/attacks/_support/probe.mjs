// Loaded into an attacked process with `--import`. On SIGUSR2 it logs for how long its event loop was blocked since the last
// time and what processor time it has used in all, in milliseconds, and what memory it holds, in MiB.
import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 1;
const lateness = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
lateness.enable();
let sample = 0;

process.on("SIGUSR2", () => {
  const block = { longest: lateness.max / 1e6, p99: lateness.percentile(99) / 1e6 };
  lateness.reset();
  const rss = process.memoryUsage.rss() / 2 ** 20;
  const { user, system } = process.cpuUsage();
  const cpu = (user + system) / 1_000;
  process.stdout.write(`${JSON.stringify({ msg: "probe", sample: (sample += 1), rss, cpu, ...block })}\n`);
});
