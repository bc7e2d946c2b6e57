import type { AppContext } from "../src/app-context.ts";
import type { ChatModel } from "../src/platform/gemini/model.ts";
import { continueQueueTask } from "./tasks/continue-queue.ts";
import { deliverOtpTask } from "./tasks/deliver-otp.ts";
import { generateReplyTask } from "./tasks/generate-reply.ts";
import { generateTitleTask } from "./tasks/generate-title.ts";
import { summarizeContextTask } from "./tasks/summarize-context.ts";
import type { JobTask } from "./job-worker.ts";

/** Every kind of job that a worker does. */
export async function createTasks(ctx: AppContext & { model: ChatModel }): Promise<JobTask[]> {
  const tasks: JobTask[] = [
    await generateReplyTask(ctx),
    generateTitleTask(ctx),
    summarizeContextTask(ctx),
    continueQueueTask(ctx),
  ];
  if (ctx.otpDelivery.queued) tasks.push(deliverOtpTask(ctx));
  return tasks;
}
