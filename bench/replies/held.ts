import { setTimeout as delay } from "node:timers/promises";
import { monotonicNow, quantile } from "../_support/numbers.ts";
import type { SelfTimes } from "../_support/program.ts";
import { untilSeen, type Listener } from "./listener.ts";
import { CHUNK_UNITS, createMessages } from "./messages.ts";
import type { Sending, Sent } from "./programs/sender.ts";
import { cpuBetween, readAllCpu, type Cpu, type Stage } from "./stage.ts";

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
  /** From the model's chunk to whoever listens in Redis. */
  late: Readonly<{ p50: number; p99: number; max: number }>;
  /** What the stand-in could send of what it should. */
  paced: number;
  /** Of one core. */
  cpu: Cpu;
  /** What one more reply takes of the worker's heap, in bytes; its RSS tells more of what was before. */
  heap: number;
  selfTimes?: SelfTimes;
}>;

export async function runHeld(
  stage: Stage,
  { held, seconds, profile }: { held: number; seconds: number; profile: boolean },
): Promise<HeldRun> {
  const { ground, worker, standIn, senders, listener } = stage;
  await standIn.call("reset");
  listener.forget();
  const empty = await worker.readMemory();
  const chunks = (START_MS + SETTLE_MS * 3 + seconds * 1_000) / DELAY_MS;
  const messages = await createMessages(ground.db, held, { chunks, delayMs: DELAY_MS });
  const sent = await senders[0].call<Sent[]>("send", { messages, overMs: START_MS });
  await untilSeen(listener.begun, sent);
  await delay(SETTLE_MS);

  const before = readAllCpu(stage);
  const from = monotonicNow();
  const stopProfile = profile ? worker.profile() : undefined;
  await delay(seconds * 1_000);
  const to = monotonicNow();
  const after = readAllCpu(stage);
  const selfTimes = await stopProfile?.();
  const full = await worker.readMemory();
  await untilSeen(listener.ended, sent);

  const lateness = await readLateness(stage, { messages, sent, from, to });
  const waits = readWaits(listener, sent);
  return {
    held,
    wait: { p50: quantile(waits, 0.5), p99: quantile(waits, 0.99) },
    late: { p50: quantile(lateness, 0.5), p99: quantile(lateness, 0.99), max: quantile(lateness, 1) },
    paced: lateness.length / ((held * (to - from)) / DELAY_MS),
    cpu: cpuBetween(before, after, (to - from) / 1_000),
    heap: (full.heapUsed - empty.heapUsed) / held,
    ...(selfTimes && { selfTimes }),
  };
}

/** How long each of them waited from the message to the claim, sorted; for ever where it was not taken up. */
export const readWaits = (listener: Listener, sent: readonly Sent[]): number[] =>
  sent.map(({ replyId, sentAt }) => (listener.begun.get(replyId) ?? Infinity) - sentAt).toSorted((a, b) => a - b);

/** How late each chunk was that the model sent within the time, sorted. */
async function readLateness(
  { standIn, listener }: Stage,
  at: { messages: Sending["messages"]; sent: readonly Sent[]; from: number; to: number },
): Promise<number[]> {
  const said = await standIn.call<{ prompt: string; times: number[] }[]>("times");
  const timesOf = new Map(said.map(({ prompt, times }) => [prompt, times]));
  const lateness: number[] = [];
  at.sent.forEach(({ replyId }, index) => {
    const pieces = (listener.heard.get(replyId) ?? []).values();
    let piece = pieces.next();
    (timesOf.get(at.messages[index]?.content ?? "") ?? []).forEach((time, chunk) => {
      while (piece.value && piece.value.end < (chunk + 1) * CHUNK_UNITS) piece = pieces.next();
      if (time >= at.from && time < at.to) lateness.push((piece.value?.at ?? Infinity) - time);
    });
  });
  return lateness.toSorted((a, b) => a - b);
}
