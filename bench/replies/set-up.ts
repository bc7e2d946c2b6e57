import { FAKE_GEMINI, type Harness } from "../_support/harness.ts";
import { startCpuClock } from "../_support/proc.ts";
import type { Program } from "../_support/program.ts";
import { listen, type Listener } from "./listener.ts";

/** All processes of a run, each a real one. No API: messages are sent by the use case that it would call. */
export type Setup = Readonly<{
  harness: Harness;
  worker: Program;
  gemini: Program;
  /** Of two, one may be busy with a flood. */
  senders: readonly [Program, Program];
  listener: Listener;
}>;

export async function setUp(harness: Harness): Promise<Setup> {
  const { run, redis } = harness;
  const gemini = await run("fake Gemini", FAKE_GEMINI);
  const settings = { ...harness.settings, GEMINI_BASE_URL: await gemini.call<string>("url") };
  const [worker, ...senders] = await Promise.all([
    run("worker", "worker/main.js", settings),
    run("sender", "programs/sender.js", settings),
    run("sender", "programs/sender.js", settings),
  ]);
  return { harness, worker, gemini, senders, listener: await listen(redis) };
}

export const PROCESSES = ["worker", "redis", "postgres", "gemini"] as const;
export type Cpu = Readonly<Record<(typeof PROCESSES)[number], number>>;

/** @returns a function that tells the CPU seconds used since */
export const startClock = ({ harness: { pids }, worker, gemini }: Setup): (() => Cpu) =>
  startCpuClock({ worker: worker.pid, redis: pids.redis, postgres: { familyOf: pids.postgres }, gemini: gemini.pid });
