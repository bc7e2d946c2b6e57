import type { AppContext } from "../../src/app-context.ts";
import type { ChatModel } from "../../src/platform/gemini/model.ts";
import { summarizeContextJob, type SummarizeContext } from "../../src/features/context/jobs.ts";
import { summarizeContext } from "../../src/features/context/summarize-context.ts";
import type { JobTask } from "../job-worker.ts";

/** Conversations that one worker summarises at the same time. */
const CONCURRENCY = 10;
/** In milliseconds: after a worker is killed, the room's next job can be added. */
const LOCK_MS = 10_000;
const STALLED_CHECK_MS = 5_000;

/** Summarises conversations, one a job. */
export const summarizeContextTask = (ctx: AppContext & { model: ChatModel }): JobTask<SummarizeContext, undefined> => ({
  job: summarizeContextJob,
  concurrency: CONCURRENCY,
  locks: { lockDuration: LOCK_MS, stalledInterval: STALLED_CHECK_MS },
  async run(data, { control }) {
    const outcome = await summarizeContext(ctx, data, control.signal);
    ctx.logger.info({ chatroomId: data.chatroomId, outcome }, "summary");
    return outcome === "handed back" ? { kind: "handed back" } : { kind: "done", result: undefined };
  },
});
