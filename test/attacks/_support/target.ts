import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { TestProcess } from "../../_support/processes.ts";

/** Loads the probe into a process that is started with this setting. */
export const PROBED = { NODE_OPTIONS: `--import=${join(import.meta.dirname, "probe.mjs")}` };

/** Memory in MiB, blocks since the last sample and processor time in all in milliseconds. */
export type ProbeSample = Readonly<{ rss: number; longest: number; p99: number; cpu: number }>;
export type Latency = Readonly<{ p50: number; p99: number; asked: number; failed: number }>;

/** Asks the probe inside a process. @param collect whether it collects the garbage, before it looks at the memory */
export async function sampleProbe(target: TestProcess, { collect = true } = {}): Promise<ProbeSample> {
  const last = target.logs.filter(({ msg }) => msg === "probe").length;
  target.signal(collect ? "SIGUSR2" : "SIGWINCH");
  const line = await target.whenLogged(({ msg, sample }) => msg === "probe" && sample === last + 1);
  const { rss, longest, p99, cpu } = line as ProbeSample;
  return { rss, longest, p99, cpu };
}

/** Watches the resident memory of a process from outside, as it may not answer. @returns stops, and tells the peak in MiB */
export function watchMemory({ pid }: TestProcess): () => number {
  let peak = 0;
  const look = () => {
    const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
    peak = Math.max(peak, Number(found?.[1] ?? 0) / 1024);
  };
  const timer = setInterval(look, 50);
  return () => {
    clearInterval(timer);
    look();
    return peak;
  };
}

/** Somebody else who uses the same API; in a thread of its own, as this one is busy with the attack. */
export type Bystander = Readonly<{
  /** How long answers took since the last time. */
  take(): Promise<Latency>;
  leave(): Promise<void>;
}>;

export function startBystander(url: string, token: string): Bystander {
  const thread = new Worker(join(import.meta.dirname, "bystander.mjs"), { workerData: { url, token } });
  return {
    take: () =>
      new Promise((resolve) => {
        thread.once("message", resolve);
        thread.postMessage("take");
      }),
    async leave() {
      await thread.terminate();
    },
  };
}

/** Lets an attacked process come to rest. */
export const settle = (): Promise<void> => delay(2_000);
