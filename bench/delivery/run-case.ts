import { setTimeout as delay } from "node:timers/promises";
import { startCpuClock } from "../_support/proc.ts";
import type { Pace } from "../_support/pace.ts";
import type { Case, System } from "./cases.ts";
import { beginReplies, endReplies, until, untilSubscribed } from "./replies.ts";
import type { Setup } from "./set-up.ts";
import type { Latencies } from "./subscriber.ts";

/** One case on one system, measured once. */
export type Run = Latencies &
  Readonly<{
    system: System;
    case: string;
    /** The model's chunks that came to readers a second, and the WebSocket messages they came in. */
    chunksPerSecond: number;
    messagesPerSecond: number;
    /** CPU of the server, in microseconds by such a chunk. */
    cpuPerChunk: number;
    /** CPU of each process, as shares of one core. */
    load: Readonly<Record<ProcessName, number>>;
  }>;

export const PROCESSES = ["server", "writer", "redis", "postgres", "gemini", "client"] as const;
export type ProcessName = (typeof PROCESSES)[number];

/** The first words of the replies are spread over this time. */
const OPEN_MS = 1_000;
/** Then this long nothing is measured yet. */
const WARM_MS = 500;
const TAIL_MS = 300;
const CHUNK_MS = 50;
const CHUNK_SIZE = 24;
/** How long readers have to get what was sent, once all was. */
const FINISH_LIMIT_MS = 10_000;

let lastRun = 0;

/** @throws when a process fails; readers that miss something do not end the run, they are counted */
export async function runCase(setup: Setup, what: Case, system: System, seconds: number): Promise<Run> {
  const { harness, gemini, client, servers, user } = setup;
  const { perReply, turns } = what;
  const server = servers[system];
  const windowMs = seconds * 1_000;
  const { count, pace, openMs } = planOf(what, windowMs);
  const run = ++lastRun;
  const prompts = Array.from({ length: count }, (_, index) => `Run ${run}, reply ${index}.`);
  const counts = async () => {
    const { sent } = await gemini.call<{ sent: number }>("counts");
    return { ...(await client.call<{ now: number; frames: number; units: number }>("counts")), sent };
  };

  await gemini.call("prepare", { prompts, pace });
  const token = system === "colloquy" ? user.token : "";
  await client.call("connect", { system, port: server.port, count: count * perReply, token });
  const replies = await beginReplies(setup, system, prompts);
  await client.call("subscribe", { replies, perReply, pace });
  if (system === "stock") await untilSubscribed(setup, replies);

  const opened = gemini.call("open", { withinMs: openMs });
  if (!turns) await opened.then(() => delay(WARM_MS));
  const start = await counts();
  const readCpu = startCpuClock({
    server: server.pid,
    writer: (system === "colloquy" ? setup.worker : setup.publisher).pid,
    redis: harness.pids.redis,
    postgres: { familyOf: harness.pids.postgres },
    gemini: gemini.pid,
    client: client.pid,
  });
  await Promise.all([opened, delay(windowMs)]);
  const cpu = readCpu();
  const end = await counts();

  await until("the model's end", async () => (await counts()).sent === pace.chunks * count);
  const times = await gemini.call<Record<string, number[]>>("times");
  const found = await client.call<Latencies>("finish", {
    times: prompts.map((prompt) => times[prompt] ?? []),
    perReply,
    from: start.now,
    to: end.now,
    limitMs: FINISH_LIMIT_MS,
  });
  await client.call("disconnect");
  await endReplies(setup, system);
  const measured = (end.now - start.now) / 1_000;
  const chunks = (end.units - start.units) / CHUNK_SIZE;
  const share = (name: ProcessName) => cpu[name] / measured;
  return {
    ...found,
    system,
    case: what.name,
    chunksPerSecond: chunks / measured,
    messagesPerSecond: (end.frames - start.frames) / measured,
    cpuPerChunk: (cpu.server / chunks) * 1e6,
    load: Object.fromEntries(PROCESSES.map((name) => [name, share(name)])) as Run["load"],
  };
}

/** Replies at once: their beginnings and their ends lie outside the window. Replies in turns: the window is all of them. */
function planOf({ replies, turns }: Case, windowMs: number) {
  const length = turns ? windowMs / turns : OPEN_MS + WARM_MS + windowMs + TAIL_MS;
  const pace: Pace = { chunks: Math.ceil(length / CHUNK_MS), size: CHUNK_SIZE, delayMs: CHUNK_MS };
  return { count: turns ?? replies, pace, openMs: turns ? turns * pace.chunks * CHUNK_MS : OPEN_MS };
}
