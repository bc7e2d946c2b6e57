import { DelayedError, WaitingError, type Processor } from "bullmq";
import type { AppContext } from "../../src/app-context.ts";
import type { ChatModel } from "../../src/platform/gemini/model.ts";
import { replyStoppedTopic } from "../../src/features/replies/events.ts";
import { generateReply } from "../../src/features/replies/generate-reply.ts";
import { generateReplyJob, type GenerateReply } from "../../src/features/replies/jobs.ts";
import { LetGo, WorkerStopping } from "../../src/features/replies/write-reply.ts";

/** How a job ended: of a reply that had no place, whose it is. */
export type GenerateReplyResult = Readonly<{ waitingUserId: string }> | undefined;

export type GenerateReplyTask = Readonly<{
  process: Processor<GenerateReply, GenerateReplyResult>;
  /** Hands every reply being written here to another worker. */
  handBack(): void;
}>;

/** Takes up replies, one a job. */
export async function createGenerateReplyTask(ctx: AppContext & { model: ChatModel }): Promise<GenerateReplyTask> {
  const running = new Map<string, AbortController>();
  // Should Redis not answer now, the live text's refusals still say that a reply was stopped.
  await ctx.pubsub
    .subscribe(replyStoppedTopic, "", ({ replyId }) => running.get(replyId)?.abort(new LetGo("stopped")))
    .catch((error: unknown) => ctx.log.warn({ err: error }, "not listening for stops"));

  return {
    async process(job, token) {
      const { replyId } = generateReplyJob.data.parse(job.data);
      const control = new AbortController();
      running.set(replyId, control);
      try {
        const outcome = await generateReply(ctx, replyId, control.signal, job.stalledCounter);
        ctx.log.info({ replyId, outcome: outcome.kind }, "reply");
        switch (outcome.kind) {
          case "ended":
          case "superseded":
            return undefined;
          case "waits":
            return { waitingUserId: outcome.userId };
          case "handed back":
            await job.moveToWait(token);
            throw new WaitingError();
          case "postponed":
            await job.moveToDelayed(outcome.nextTryAt.getTime(), token);
            throw new DelayedError();
        }
      } finally {
        // A job that Redis had lost may have come here a second time.
        if (running.get(replyId) === control) running.delete(replyId);
      }
    },
    handBack() {
      for (const control of running.values()) control.abort(new WorkerStopping());
    },
  };
}
