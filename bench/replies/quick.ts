import { Queue } from "bullmq";
import { monotonicNow } from "../_support/numbers.ts";
import { generateReplyJob } from "../../src/features/replies/jobs.ts";
import { untilSeen } from "./listener.ts";
import { createMessages } from "./messages.ts";
import type { Sent } from "./programs/sender.ts";
import { startClock, type Cpu, type Setup } from "./set-up.ts";

/** The first chunk at once, the second and last one after 50 ms. */
export const QUICK_PACE = { chunks: 2, delayMs: 50 };

/** How fast a worker gets through a queue that is full of quick replies; CPU in milliseconds a reply. */
export type QuickRun = Readonly<{ perSecond: number; cpu: Cpu }>;

/** Has the messages sent while the queue stands still, and lets the worker begin then. */
export async function runQuick(setup: Setup, replies: number): Promise<QuickRun> {
  const { harness, senders, listener } = setup;
  const connection = harness.redis.duplicate();
  const queue = new Queue(generateReplyJob.name, { connection });
  try {
    await queue.pause();
    const messages = await createMessages(harness.db, replies, QUICK_PACE);
    listener.forget();
    const sent = await senders[0].call<Sent[]>("send", { messages, overMs: 0 });
    // As autovacuum does in a database that lives: plans made while the tables were empty would be kept otherwise.
    await harness.db.$executeRaw`ANALYZE`;
    const readCpu = startClock(setup);
    const start = monotonicNow();
    await queue.resume();
    await untilSeen(listener.ended, sent);
    const cpu = readCpu();
    const price = (name: keyof Cpu) => (cpu[name] / replies) * 1e3;
    return {
      perSecond: replies / ((Math.max(...listener.ended.values()) - start) / 1_000),
      cpu: { worker: price("worker"), redis: price("redis"), postgres: price("postgres"), gemini: price("gemini") },
    };
  } finally {
    await queue.close();
    connection.disconnect();
  }
}
