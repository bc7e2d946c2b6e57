import { setTimeout as delay } from "node:timers/promises";
import { readCpu } from "../_support/proc.ts";
import type { Memory, Program } from "../_support/program.ts";
import type { SystemName } from "./pace.ts";
import { beginReplies, endReplies, until, untilSubscribed } from "./replies.ts";
import type { Stage } from "./stage.ts";
import { createTalkedRooms } from "./user.ts";

/** What one more of something costs a process, in bytes. */
export type Cost = Readonly<{ rss: number; heap: number }>;

export type IdleCost = Readonly<{
  system: SystemName;
  subscribers: number;
  /** A connection that has signed in, without a subscription. */
  connection: Cost;
  /** A connection with one subscription to a log that nobody else follows. */
  ownLog: Cost;
  /** A connection with one subscription to a log that all follow. */
  sharedLog: Cost;
  /** Share of one core that all of them take while nothing happens, with logs of their own. */
  idleCpu: number;
}>;

export type LiveCost = Readonly<{
  replies: number;
  /** Code units of text that each has when it is measured. */
  length: number;
  /** In the API with one subscription, its connection not counted; in the worker; in Redis, which knows no heap. */
  api: Cost;
  worker: Cost;
  redis: number;
}>;

const WARM_UP = 200;
const IDLE_MS = 4_000;
const PACE = { chunks: 101, size: 24, delayMs: 10 };

/** Measures a fresh server with that many idle readers. */
export async function measureIdle(
  stage: Stage,
  system: "colloquy" | "bare" | "stock",
  subscribers: number,
): Promise<IdleCost> {
  const server = await stage.startServer(system);
  try {
    const token = system === "colloquy" ? stage.user.token : "";
    const connect = (count: number) =>
      stage.client.call("connect", { system, rooms: system === "colloquy", port: server.port, count, token });
    const own = await createKeys(stage, system, subscribers);

    // What is loaded, compiled and pooled once is nobody's cost.
    await connect(WARM_UP);
    await follow(stage, system, own.slice(0, WARM_UP));
    await stage.client.call("disconnect");
    const before = await settledMemory(server);

    await connect(subscribers);
    const connected = await settledMemory(server);
    await follow(stage, system, own);
    const withOwn = await settledMemory(server);
    const cpu = readCpu(server.pid);
    await delay(IDLE_MS);
    const idleCpu = (readCpu(server.pid) - cpu) / (IDLE_MS / 1_000);

    await stage.client.call("disconnect");
    await connect(subscribers);
    await follow(stage, system, own.slice(0, 1));
    const withShared = await settledMemory(server);
    await stage.client.call("disconnect");
    const cost = (memory: Memory) => costOf(before, memory, subscribers);
    return {
      system,
      subscribers,
      connection: cost(connected),
      ownLog: cost(withOwn),
      sharedLog: cost(withShared),
      idleCpu,
    };
  } finally {
    await server.stop();
  }
}

/** Measures replies that stand still in the middle, each with one reader. */
export async function measureLive(stage: Stage, replies: number): Promise<LiveCost> {
  const server = await stage.startServer("colloquy");
  const { client, standIn, worker } = stage;
  try {
    await client.call("connect", { system: "colloquy", port: server.port, count: replies, token: stage.user.token });
    // The first ones of a process load and compile; they end before the others are measured.
    await play(stage, server, WARM_UP);
    await standIn.call("release");
    await endReplies(stage, "colloquy");
    const before = {
      api: await settledMemory(server),
      worker: await settledMemory(worker),
      redis: await redisMemory(stage),
    };
    await play(stage, server, replies);
    const after = {
      api: await settledMemory(server),
      worker: await settledMemory(worker),
      redis: await redisMemory(stage),
    };
    await standIn.call("release");
    await endReplies(stage, "colloquy");
    await client.call("disconnect");
    return {
      replies,
      length: (PACE.chunks - 1) * PACE.size,
      api: costOf(before.api, after.api, replies),
      worker: costOf(before.worker, after.worker, replies),
      redis: (after.redis - before.redis) / replies,
    };
  } finally {
    await server.stop();
  }
}

/** Begins replies, each with a reader, and lets them come to their last chunk but one. */
async function play(stage: Stage, server: Program, count: number): Promise<void> {
  const { client, standIn } = stage;
  const prompts = Array.from({ length: count }, (_, index) => `Memory, reply ${index} of ${count}.`);
  const held = PACE.chunks - 1;
  await standIn.call("prepare", { prompts, pace: PACE, holdAfter: held });
  const ids = await beginReplies(stage, "colloquy", server, prompts);
  await client.call("subscribe", { replies: ids, perReply: 1, pace: PACE });
  const { chunks } = await client.call<{ chunks: number }>("counts");
  await standIn.call("open", { withinMs: 1_000 });
  await until(
    "the chunks",
    async () => (await client.call<{ chunks: number }>("counts")).chunks - chunks >= count * held,
  );
}

async function createKeys(stage: Stage, system: SystemName, count: number): Promise<string[]> {
  if (system === "colloquy") return createTalkedRooms(stage.db, stage.user, count);
  return Array.from({ length: count }, (_, index) => `idle-${index}`);
}

async function follow(stage: Stage, system: SystemName, keys: readonly string[]): Promise<void> {
  await stage.client.call("follow", { keys });
  if (system === "stock") await untilSubscribed(stage, keys);
}

/** Reads until the process has given back what it does not need, which takes it some collections. */
async function settledMemory(program: Program): Promise<Memory> {
  let last = await program.readMemory();
  for (let reading = 0; reading < READINGS; reading += 1) {
    await delay(SETTLE_MS);
    const memory = await program.readMemory();
    if (Math.abs(memory.rss - last.rss) < last.rss * STEADY) return memory;
    last = memory;
  }
  return last;
}

const READINGS = 8;
const SETTLE_MS = 400;
const STEADY = 0.002;

async function redisMemory(stage: Stage): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await stage.redis.info("memory"))?.[1]);
}

const costOf = (before: Memory, after: Memory, count: number): Cost => ({
  rss: (after.rss - before.rss) / count,
  heap: (after.heapUsed + after.external - before.heapUsed - before.external) / count,
});
