import type { AppContext } from "../../src/app-context.ts";
import type { ChatModel } from "../../src/platform/gemini/model.ts";
import { generateTitleJob, type GenerateTitle } from "../../src/features/rooms/jobs.ts";
import { generateTitle } from "../../src/features/titles/generate-title.ts";
import type { JobTask } from "../job-worker.ts";

/** Titles that one worker looks for at the same time. */
const CONCURRENCY = 20;
/** In milliseconds: the job of a killed worker is free when its lease ends, so that the sweeper can add it again. */
const LOCK_MS = 10_000;
const STALLED_CHECK_MS = 5_000;

/** Finds titles, one a job. */
export const generateTitleTask = (ctx: AppContext & { model: ChatModel }): JobTask<GenerateTitle, undefined> => ({
  job: generateTitleJob,
  concurrency: CONCURRENCY,
  locks: { lockDuration: LOCK_MS, stalledInterval: STALLED_CHECK_MS },
  async run({ chatroomId }, { control }) {
    const outcome = await generateTitle(ctx, chatroomId, control.signal);
    ctx.logger.info({ chatroomId, outcome }, "title");
    return outcome === "handed back" ? { kind: "handed back" } : { kind: "done", result: undefined };
  },
});
