import { setTimeout as delay } from "node:timers/promises";
import { monotonicNow, quantile } from "../_support/numbers.ts";
import { untilSeen, waitsOf, type Listener } from "./listener.ts";
import { CHUNK_UNITS, createMessages } from "./messages.ts";
import type { Sending, Sent } from "./programs/sender.ts";
import { startClock, type Cpu, type Setup } from "./set-up.ts";

/** 20 chunks a second. */
export const DELAY_MS = 50;
/** The replies begin within this, as those of people who do not know of each other. */
const START_MS = 5_000;
const SETTLE_MS = 1_000;

/** Replies that one worker writes at the same time. Times are milliseconds. */
export type HeldRun = Readonly<{
  held: number;
  /** From the message to the claim. */
  wait: Readonly<{ p50: number; p99: number }>;
  /** From the model's chunk to a subscriber of Redis. */
  late: Readonly<{ p50: number; p99: number; max: number }>;
  /** What the model could send of what it should. */
  paced: number;
  /** Of one core. */
  cpu: Cpu;
  /** What one more reply takes of the worker's heap, in bytes; its RSS tells more of what was before. */
  heap: number;
}>;

export async function runHeld(setup: Setup, held: number, seconds: number): Promise<HeldRun> {
  const { harness, worker, gemini, senders, listener } = setup;
  await gemini.call("prepare", { prompts: [] });
  listener.forget();
  const empty = await worker.probe();
  const chunks = (START_MS + SETTLE_MS * 3 + seconds * 1_000) / DELAY_MS;
  const messages = await createMessages(harness.db, held, { chunks, delayMs: DELAY_MS });
  const sent = await senders[0].call<Sent[]>("send", { messages, overMs: START_MS });
  await untilSeen(listener.begun, sent);
  await delay(SETTLE_MS);

  const readCpu = startClock(setup);
  const from = monotonicNow();
  await delay(seconds * 1_000);
  const to = monotonicNow();
  const cpu = readCpu();
  const full = await worker.probe();
  await untilSeen(listener.ended, sent);

  const times = await gemini.call<Record<string, number[]>>("times");
  const lateness = readLateness(listener, times, { messages, sent, from, to });
  const waits = waitsOf(listener, sent);
  const share = (name: keyof Cpu) => (cpu[name] * 1_000) / (to - from);
  return {
    held,
    wait: { p50: quantile(waits, 0.5), p99: quantile(waits, 0.99) },
    late: { p50: quantile(lateness, 0.5), p99: quantile(lateness, 0.99), max: quantile(lateness, 1) },
    paced: lateness.length / ((held * (to - from)) / DELAY_MS),
    cpu: { worker: share("worker"), redis: share("redis"), postgres: share("postgres"), gemini: share("gemini") },
    heap: (full.heap - empty.heap) / held,
  };
}

/** How late each chunk was that the model sent within the time, sorted. @param times of each prompt's chunks */
function readLateness(
  listener: Listener,
  times: Readonly<Record<string, readonly number[]>>,
  at: { messages: Sending["messages"]; sent: readonly Sent[]; from: number; to: number },
): number[] {
  const lateness: number[] = [];
  at.sent.forEach(({ replyId }, index) => {
    const pieces = listener.heard.get(replyId) ?? { at: [], end: [] };
    let piece = 0;
    (times[at.messages[index]?.content ?? ""] ?? []).forEach((time, chunk) => {
      while ((pieces.end[piece] ?? Infinity) < (chunk + 1) * CHUNK_UNITS) piece += 1;
      if (time >= at.from && time < at.to) lateness.push((pieces.at[piece] ?? Infinity) - time);
    });
  });
  return lateness.toSorted((a, b) => a - b);
}
