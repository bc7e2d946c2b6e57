import type { AppContext } from "../../src/app-context.ts";
import { DomainError } from "../../src/errors.ts";
import { continueQueueJob, type ContinueQueue } from "../../src/features/replies/jobs.ts";
import { takeUpQueued } from "../../src/features/turns/take-up-queued.ts";
import type { JobTask } from "../job-worker.ts";

/** Rooms whose queue one worker continues at the same time. */
const CONCURRENCY = 20;

/** Takes up the next message of a room's queue when its reply has ended. */
export const continueQueueTask = (ctx: AppContext): JobTask<ContinueQueue, undefined> => ({
  job: continueQueueJob,
  concurrency: CONCURRENCY,
  async run({ userId, chatroomId }) {
    const taken = await takeUpQueued(ctx, userId, chatroomId).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === "NOT_FOUND") return null;
      throw error;
    });
    ctx.logger.info({ chatroomId, messageId: taken?.message.id ?? null }, "queue");
    return { kind: "done", result: undefined };
  },
});
