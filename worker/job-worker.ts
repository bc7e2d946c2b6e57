import { Worker } from "bullmq";
import type { AppContext } from "../src/app-context.ts";
import type { ChatModel } from "../src/platform/gemini/model.ts";
import { delay } from "../src/platform/timing.ts";
import { generateReplyJob, type GenerateReply } from "../src/features/replies/jobs.ts";
import { dispatchReplies } from "../src/features/replies/dispatch-replies.ts";
import { createGenerateReplyTask, type GenerateReplyResult } from "./tasks/generate-reply.ts";
import { startSweeping } from "./tasks/sweep-replies.ts";

export type ReplyWorker = Readonly<{
  /** Takes no more jobs, lets the running ones end for a while, and hands the rest to other workers. */
  close(): Promise<void>;
}>;

/**
 * A killed worker's lock runs out after this, in milliseconds, and the next check for it comes within the
 * other: together they keep a reply from standing still for 10 s. BullMQ's own are 30 s each.
 */
const LOCK_MS = 5_000;
const STALLED_CHECK_MS = 2_000;
/** BullMQ counts the workers lost over a job, but what follows from that is for the reply to say. */
const MAX_STALLS = 1_000;
/** How long a stopping worker takes to put back what it could not finish, in milliseconds. */
const HAND_BACK_MS = 5_000;

/** Consumes the queue of replies until it is closed. */
export async function startReplyWorker(ctx: AppContext & { model: ChatModel }): Promise<ReplyWorker> {
  const task = await createGenerateReplyTask(ctx);
  const worker = new Worker<GenerateReply, GenerateReplyResult>(generateReplyJob.name, task.process, {
    connection: ctx.connectRedis(),
    concurrency: ctx.config.worker.concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: MAX_STALLS,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  });
  worker.on("error", (error) => ctx.log.debug({ err: error }, "queue connection"));
  worker.on("failed", (job, error) =>
    ctx.log.error({ err: error, replyId: job?.id }, "reply failed, and will be swept up"),
  );
  // A place that has become free in the meantime could not be offered to a reply whose job was still there.
  worker.on("completed", (_job, result) => {
    if (result) ctx.runInBackground("dispatch replies", dispatchReplies(ctx, result.waitingUserId));
  });
  const stopSweeping = startSweeping(ctx);

  return {
    async close() {
      const closed = Promise.all([worker.close(), stopSweeping()]);
      await Promise.race([closed, delay(ctx.config.shutdownGrace)]);
      task.handBack();
      await Promise.race([closed, delay(HAND_BACK_MS)]);
    },
  };
}
