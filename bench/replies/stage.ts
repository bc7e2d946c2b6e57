import { FAKE_GEMINI, type Ground } from "../_support/ground.ts";
import { startCpuClock } from "../_support/proc.ts";
import type { Program } from "../_support/program.ts";
import { listen, type Listener } from "./listener.ts";

/** All processes of a run, each a real one. No API: messages are sent by the use case that it would call. */
export type Stage = Readonly<{
  ground: Ground;
  worker: Program;
  gemini: Program;
  /** Of two, one may be busy with a flood. */
  senders: readonly [Program, Program];
  listener: Listener;
}>;

export async function setStage(ground: Ground): Promise<Stage> {
  const { run, redis } = ground;
  const gemini = await run("fake Gemini", FAKE_GEMINI);
  const settings = { ...ground.settings, GEMINI_BASE_URL: await gemini.call<string>("url") };
  const [worker, ...senders] = await Promise.all([
    run("worker", "worker/main.js", settings),
    run("sender", "programs/sender.js", settings),
    run("sender", "programs/sender.js", settings),
  ]);
  return { ground, worker, gemini, senders, listener: await listen(redis) };
}

export const PARTS = ["worker", "redis", "postgres", "gemini"] as const;
export type Cpu = Readonly<Record<(typeof PARTS)[number], number>>;

/** @returns a function that tells the CPU seconds used since */
export const startClock = ({ ground: { pids }, worker, gemini }: Stage): (() => Cpu) =>
  startCpuClock({ worker: worker.pid, redis: pids.redis, postgres: { familyOf: pids.postgres }, gemini: gemini.pid });
