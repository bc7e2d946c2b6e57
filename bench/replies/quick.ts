import { Queue } from "bullmq";
import { monotonicNow } from "../_support/numbers.ts";
import { generateReplyJob } from "../../src/features/replies/jobs.ts";
import { untilSeen } from "./listener.ts";
import { createMessages } from "./messages.ts";
import type { Sent } from "./programs/sender.ts";
import { startClock, type Cpu, type Stage } from "./stage.ts";

/** The first chunk at once, the second and last one after 50 ms. */
export const QUICK_PACE = { chunks: 2, delayMs: 50 };

/** How fast a worker gets through a queue that is full of quick replies; CPU in milliseconds a reply. */
export type QuickRun = Readonly<{ perSecond: number; cpu: Cpu }>;

/** Has the messages sent while the queue stands still, and lets the worker begin then. */
export async function runQuick(stage: Stage, replies: number): Promise<QuickRun> {
  const { ground, senders, listener } = stage;
  const connection = ground.redis.duplicate();
  const queue = new Queue(generateReplyJob.name, { connection });
  try {
    await queue.pause();
    const messages = await createMessages(ground.db, replies, QUICK_PACE);
    listener.forget();
    const sent = await senders[0].call<Sent[]>("send", { messages, overMs: 0 });
    const readCpu = startClock(stage);
    const start = monotonicNow();
    await queue.resume();
    await untilSeen(listener.ended, sent);
    const cpu = readCpu();
    const price = (part: keyof Cpu) => (cpu[part] / replies) * 1e3;
    return {
      perSecond: replies / ((Math.max(...listener.ended.values()) - start) / 1_000),
      cpu: { worker: price("worker"), redis: price("redis"), postgres: price("postgres"), gemini: price("gemini") },
    };
  } finally {
    await queue.close();
    connection.disconnect();
  }
}
