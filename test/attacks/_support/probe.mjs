// Loaded into an attacked process with `--import`. On SIGWINCH it logs for how long its event loop was blocked since the last
// time and what processor time it has used in all, in milliseconds, and what memory it holds, in MiB. On SIGUSR2 it collects
// the garbage first; who does that again and again throws compiled code away, and measures how it is compiled anew.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc");

const RESOLUTION_MS = 1;
const lateness = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
lateness.enable();
let sample = 0;

// A block that has only just ended is measured by the next turn of the loop.
process.on("SIGUSR2", () => setTimeout(log, 5 * RESOLUTION_MS, collectGarbage));
process.on("SIGWINCH", () => setTimeout(log, 5 * RESOLUTION_MS));

function log(collect = () => {}) {
  const block = { longest: lateness.max / 1e6, p99: lateness.percentile(99) / 1e6 };
  const { user, system } = process.cpuUsage();
  const cpu = (user + system) / 1_000;
  collect();
  const rss = process.memoryUsage.rss() / 2 ** 20;
  process.stdout.write(`${JSON.stringify({ msg: "probe", sample: (sample += 1), rss, cpu, ...block })}\n`);
  // Not what the collection took.
  setImmediate(() => lateness.reset());
}
