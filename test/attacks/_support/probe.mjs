// Loaded into an attacked process with `--import`. On SIGUSR2 it logs for how long its event loop was blocked since the last
// time and what processor time it has used in all, in milliseconds; and, when garbage is collected, what memory it holds, in
// MiB.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

const RESOLUTION_MS = 1;
const lateness = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
lateness.enable();
let sample = 0;

process.on("SIGUSR2", () => {
  const block = { longest: lateness.max / 1e6, p99: lateness.percentile(99) / 1e6 };
  const { user, system } = process.cpuUsage();
  const cpu = (user + system) / 1_000;
  collectGarbage();
  const rss = process.memoryUsage.rss() / 2 ** 20;
  process.stdout.write(`${JSON.stringify({ msg: "probe", sample: (sample += 1), rss, cpu, ...block })}\n`);
  // Not what the collection took.
  setImmediate(() => lateness.reset());
});
