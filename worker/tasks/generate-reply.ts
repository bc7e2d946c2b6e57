import type { AppContext } from "../../src/app-context.ts";
import type { ChatModel } from "../../src/platform/gemini/model.ts";
import { replyStoppedTopic } from "../../src/features/replies/events.ts";
import { generateReply } from "../../src/features/replies/generate-reply.ts";
import { generateReplyJob, type GenerateReply } from "../../src/features/replies/jobs.ts";
import { dispatchReplies } from "../../src/features/replies/dispatch-replies.ts";
import { ReplyCancelled } from "../../src/features/replies/write-reply.ts";
import type { JobTask } from "../job-worker.ts";
import { createReplyMetrics } from "../reply-metrics.ts";

/**
 * A killed worker's lock runs out after this, in milliseconds, and the next check for it comes within the
 * other: together they keep a reply from standing still for 10 s. BullMQ's own are 30 s each.
 */
const LOCK_MS = 5_000;
const STALLED_CHECK_MS = 2_000;
/** BullMQ counts the workers lost over a job; the use case decides what follows. */
const MAX_STALLS = 1_000;

/** The user whose reply waits for a slot. */
type Result = Readonly<{ waitingUserId: string }> | undefined;

/** Writes replies, one a job. */
export async function generateReplyTask(
  ctx: AppContext & { model: ChatModel },
): Promise<JobTask<GenerateReply, Result>> {
  const running = new Map<string, AbortController>();
  const count = createReplyMetrics(ctx);
  // Without Redis, a refused write of the live text still stops the reply.
  await ctx.pubsub
    .subscribe(replyStoppedTopic, "", ({ replyId }) => running.get(replyId)?.abort(new ReplyCancelled("stopped")))
    .catch((error: unknown) => ctx.logger.warn({ err: error }, "not listening for stops"));

  return {
    job: generateReplyJob,
    concurrency: ctx.config.worker.concurrency,
    locks: { lockDuration: LOCK_MS, stalledInterval: STALLED_CHECK_MS, maxStalledCount: MAX_STALLS },
    async run({ replyId }, { stalls, control, leaving }) {
      running.set(replyId, control);
      try {
        const outcome = await generateReply(ctx, replyId, { signal: control.signal, leaving, crashes: stalls });
        if (outcome.report) count(outcome.report);
        ctx.logger.info({ replyId, job: outcome.kind, ...outcome.report }, "reply");
        switch (outcome.kind) {
          case "ended":
          case "superseded":
            return { kind: "done", result: undefined };
          case "waiting":
            return { kind: "done", result: { waitingUserId: outcome.userId } };
          case "handed back":
            return outcome;
          case "postponed":
            return { kind: "postponed", until: outcome.nextTryAt };
        }
      } finally {
        // A job that Redis lost may have come here a second time.
        if (running.get(replyId) === control) running.delete(replyId);
      }
    },
    // A dispatch while the job was still in the queue could not add it again, so it is repeated.
    completed(result) {
      if (result) ctx.runInBackground("dispatch replies", dispatchReplies(ctx, result.waitingUserId));
    },
  };
}
