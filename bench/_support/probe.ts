import { Session, type Profiler } from "node:inspector/promises";
import { monitorEventLoopDelay } from "node:perf_hooks";

/**
 * Loaded into measured processes with `--import`, beside `--expose-gc`. On SIGUSR2 it tells what memory is really in
 * use; the first SIGHUP starts a CPU profile, the second one tells what took how long; SIGWINCH tells for how long at
 * most the event loop was late since the last one, in milliseconds.
 */
export type Told =
  | { memory: { rss: number; heapUsed: number; external: number } }
  | { profile: SelfTimes }
  | { longestBlock: number };

/** Microseconds spent in each function itself, by `name file:line`. */
export type SelfTimes = Record<string, number>;

const SAMPLE_EVERY_US = 200;
let session: Session | undefined;

process.on("SIGUSR2", () => {
  // The second round frees what finalizers of the first let go.
  globalThis.gc?.();
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  tell({ memory: { rss, heapUsed, external } });
});

const lateness = monitorEventLoopDelay({ resolution: 1 });
process.on("SIGWINCH", () => {
  tell({ longestBlock: lateness.max / 1e6 });
  lateness.enable();
  lateness.reset();
});

process.on("SIGHUP", () => void (session ? stopProfile(session) : startProfile()));

async function startProfile(): Promise<void> {
  session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: SAMPLE_EVERY_US });
  await session.post("Profiler.start");
}

async function stopProfile(running: Session): Promise<void> {
  session = undefined;
  const { profile } = await running.post("Profiler.stop");
  running.disconnect();
  tell({ profile: sumUp(profile) });
}

function sumUp({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): SelfTimes {
  const names = new Map(
    nodes.map(({ id, callFrame }) => [id, `${callFrame.functionName || "(anonymous)"} ${placeOf(callFrame)}`.trim()]),
  );
  const times: SelfTimes = {};
  samples.forEach((id, index) => {
    const name = names.get(id) ?? "?";
    times[name] = (times[name] ?? 0) + (timeDeltas[index] ?? 0);
  });
  return times;
}

/** The path from the project or the package on, which reads the same on every machine. */
function placeOf({ url, lineNumber }: { url: string; lineNumber: number }): string {
  if (url === "") return "";
  const path = url.split(/\/node_modules\/|\/bench-build-\d+\//).at(-1) ?? url;
  return `${path}:${lineNumber + 1}`;
}

const tell = (told: Told) => process.stdout.write(`${JSON.stringify(told)}\n`);
