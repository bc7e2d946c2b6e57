import { setTimeout as delay } from "node:timers/promises";
import { readCpu, readFamilyCpu, readKernelCpu } from "../_support/proc.ts";
import type { Program, SelfTimes } from "../_support/program.ts";
import type { Case } from "./cases.ts";
import type { Latencies } from "./latencies.ts";
import type { Pace, SystemName } from "./pace.ts";
import { beginReplies, endReplies, until, untilSubscribed } from "./replies.ts";
import type { Stage } from "./stage.ts";

/** One case on one system, measured once. */
export type Run = Latencies &
  Readonly<{
    system: SystemName;
    case: string;
    /** How long was measured, in seconds; what follows counts within it. */
    seconds: number;
    /** Chunks that the stand-in sent. */
    sent: number;
    /** WebSocket messages that came to readers; polls, those with text. */
    frames: number;
    /** Chunks that came to readers. */
    chunks: number;
    /** CPU seconds of each process. */
    cpu: Readonly<Record<Part, number>>;
    /** What the kernel has of the server's. */
    kernel: number;
    /** Pieces that came out of place. */
    faults: number;
    /** When it was profiled. */
    selfTimes?: Readonly<Record<"server" | "writer", SelfTimes>>;
  }>;

export type Part = "server" | "writer" | "redis" | "postgres" | "stand-in" | "client";

/** The first words of the replies are spread over this time. */
const OPEN_MS = 1_000;
/** Then this long nothing is measured yet. */
const WARM_MS = 500;
const TAIL_MS = 300;
const CHUNK_MS = 50;
const CHUNK_SIZE = 24;
const POLL_MS = 1_000;
/** How long readers have to get what was sent, once all was. */
const FINISH_LIMIT_MS = 10_000;

let lastRun = 0;

/** @throws when a part fails; readers that miss something do not end the run, they are counted */
export async function runCase(
  stage: Stage,
  what: Case,
  system: SystemName,
  { seed, profile = false }: { seed: number; profile?: boolean },
): Promise<Run> {
  const { standIn, client } = stage;
  const server = stage.servers[system];
  const { replies: count, pace, openMs } = planOf(what);
  const run = ++lastRun;
  const prompts = Array.from({ length: count }, (_, index) => `Run ${run}, reply ${index}.`);

  await standIn.call("prepare", { prompts, pace });
  const { perReply } = what;
  await client.call("connect", { system, port: server.port, count: count * perReply, token: tokenFor(stage, system) });
  const replies = await beginReplies(stage, system, server, prompts);
  if (system === "polling") {
    await client.call("poll", { replies, perReply, pace, port: server.port, everyMs: POLL_MS, seed: seed + run });
  } else {
    await client.call("subscribe", { replies, perReply, pace });
  }
  if (system === "stock") await untilSubscribed(stage, replies);

  const opened = standIn.call("open", { withinMs: openMs });
  if (!what.turns) await opened.then(() => delay(WARM_MS));
  const start = await sample(stage, system);
  const stopProfiles = profile ? [server.profile(), writerOf(stage, system).profile()] : [];
  await Promise.all([opened, delay(what.windowMs)]);
  const end = await sample(stage, system);
  const [ofServer, ofWriter] = await Promise.all(stopProfiles.map((stop) => stop()));

  await until("the stand-in's end", async () => (await standIn.call<number>("sent")) === pace.chunks * count);
  const found = await client.call<Latencies & { faults: number }>("finish", {
    times: await standIn.call("times"),
    window: { from: start.now, to: end.now },
    limitMs: FINISH_LIMIT_MS,
  });
  await client.call("disconnect");
  await endReplies(stage, system);
  return {
    ...found,
    system,
    case: what.name,
    seconds: (end.now - start.now) / 1_000,
    sent: end.sent - start.sent,
    frames: end.frames - start.frames,
    chunks: end.chunks - start.chunks,
    cpu: subtract(end.cpu, start.cpu),
    kernel: end.kernel - start.kernel,
    ...(ofServer && ofWriter && { selfTimes: { server: ofServer, writer: ofWriter } }),
  };
}

/** Replies at once: their beginnings and their ends lie outside the window. Replies in turns: the window is all of them. */
function planOf({ replies, turns, windowMs }: Case): { replies: number; pace: Pace; openMs: number } {
  const length = turns ? windowMs / turns : OPEN_MS + WARM_MS + windowMs + TAIL_MS;
  const pace = { chunks: Math.ceil(length / CHUNK_MS), size: CHUNK_SIZE, delayMs: CHUNK_MS };
  return { replies: turns ?? replies, pace, openMs: turns ? turns * pace.chunks * CHUNK_MS : OPEN_MS };
}

type Sample = { now: number; frames: number; chunks: number; sent: number; cpu: Record<Part, number>; kernel: number };

async function sample(stage: Stage, system: SystemName): Promise<Sample> {
  const sent = await stage.standIn.call<number>("sent");
  const counts = await stage.client.call<Pick<Sample, "now" | "frames" | "chunks">>("counts");
  const cpu = {
    server: readCpu(stage.servers[system].pid),
    writer: readCpu(writerOf(stage, system).pid),
    redis: readCpu(stage.pids.redis),
    postgres: readFamilyCpu(stage.pids.postgres),
    "stand-in": readCpu(stage.standIn.pid),
    client: readCpu(stage.client.pid),
  };
  return { ...counts, sent, cpu, kernel: readKernelCpu(stage.servers[system].pid) };
}

function subtract(end: Record<Part, number>, start: Record<Part, number>): Record<Part, number> {
  const difference = { ...end };
  for (const part of Object.keys(start) as Part[]) difference[part] -= start[part];
  return difference;
}

const writerOf = (stage: Stage, system: SystemName): Program =>
  system === "colloquy" ? stage.worker : stage.publisher;

const tokenFor = (stage: Stage, system: SystemName): string => (system === "colloquy" ? stage.user.token : "");
