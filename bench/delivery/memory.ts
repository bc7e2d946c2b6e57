import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { startCpuClock } from "../_support/proc.ts";
import type { Probe, Program } from "../_support/program.ts";
import type { System } from "./cases.ts";
import { untilSubscribed } from "./replies.ts";
import type { Setup } from "./set-up.ts";
import { createPendingReplies } from "./user.ts";

/** What idle readers cost a server: each is a connection with a subscription to a reply of its own. */
export type IdleCost = Readonly<{
  system: System;
  /** Bytes of each. */
  rss: number;
  heap: number;
  /** Of one core, for all. */
  cpu: number;
}>;

const WARM_UP = 200;
const PACE = { chunks: 1, size: 1, delayMs: 0 };

/** Measures a fresh server with that many readers whose replies nobody writes. */
export async function measureIdle(
  setup: Setup,
  system: System,
  { readers, settleMs, idleMs }: { readers: number; settleMs: number; idleMs: number },
): Promise<IdleCost> {
  const { harness, client, user, startServer } = setup;
  const server = await startServer(system);
  try {
    const token = system === "colloquy" ? user.token : "";
    const follow = async (count: number) => {
      const ids = Array.from({ length: count }, () => randomUUID());
      if (system === "colloquy") await createPendingReplies(harness.db, user, ids);
      await client.call("connect", { system, port: server.port, count, token });
      await client.call("subscribe", { replies: ids, perReply: 1, pace: PACE });
      if (system === "stock") await untilSubscribed(setup, ids);
    };
    // What is loaded, compiled and pooled once is nobody's cost.
    await follow(WARM_UP);
    await client.call("disconnect");
    const before = await settledMemory(server);
    await follow(readers);
    const after = await settledMemory(server);
    await delay(settleMs);
    const readCpu = startCpuClock({ server: server.pid });
    await delay(idleMs);
    const cpu = readCpu().server / (idleMs / 1_000);
    await client.call("disconnect");
    return { system, rss: (after.rss - before.rss) / readers, heap: (after.heap - before.heap) / readers, cpu };
  } finally {
    await server.stop();
    await harness.db.message.deleteMany();
  }
}

const SETTLE_MS = 2_000;

/** After a while, and by the second reading: the process gives back what it does not need only by and by. */
async function settledMemory(program: Program): Promise<Probe> {
  await program.probe();
  await delay(SETTLE_MS);
  return program.probe();
}
