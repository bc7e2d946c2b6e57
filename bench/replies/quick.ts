import { Queue } from "bullmq";
import { monotonicNow } from "../_support/numbers.ts";
import type { SelfTimes } from "../_support/program.ts";
import { generateReplyJob } from "../../src/features/replies/jobs.ts";
import { untilSeen } from "./listener.ts";
import { createMessages } from "./messages.ts";
import type { Sent } from "./programs/sender.ts";
import { cpuBetween, readAllCpu, type Cpu, type Stage } from "./stage.ts";

/** The first chunk at once, the second and last one after 50 ms. */
const PACE = { chunks: 2, delayMs: 50 };
const WARM = 300;

/** How fast a worker gets through a queue that is full of quick replies. */
export type QuickRun = Readonly<{ perSecond: number; replies: number; cpu: Cpu; selfTimes?: SelfTimes }>;

export async function runQuick(
  stage: Stage,
  { replies, profile }: { replies: number; profile: boolean },
): Promise<QuickRun> {
  await work(stage, { replies: WARM, profile: false });
  return work(stage, { replies, profile });
}

/** Has the messages sent while the queue stands still, and lets the worker begin then. */
async function work(stage: Stage, { replies, profile }: { replies: number; profile: boolean }): Promise<QuickRun> {
  const { ground, senders, listener, worker } = stage;
  const connection = ground.redis.duplicate();
  const queue = new Queue(generateReplyJob.name, { connection });
  try {
    await queue.pause();
    const messages = await createMessages(ground.db, replies, PACE);
    listener.forget();
    const sent = await senders[0].call<Sent[]>("send", { messages, overMs: 0 });
    const stopProfile = profile ? worker.profile() : undefined;
    const before = readAllCpu(stage);
    const start = monotonicNow();
    await queue.resume();
    await untilSeen(listener.ended, sent);
    const seconds = (Math.max(...listener.ended.values()) - start) / 1_000;
    const cpu = cpuBetween(before, readAllCpu(stage), replies);
    const selfTimes = await stopProfile?.();
    return { perSecond: replies / seconds, replies, cpu, ...(selfTimes && { selfTimes }) };
  } finally {
    await queue.close();
    connection.disconnect();
  }
}
