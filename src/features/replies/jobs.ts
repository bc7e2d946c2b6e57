import { z } from "zod";
import type { JobContract } from "../../platform/redis/queue.ts";

const GenerateReply = z.object({ replyId: z.uuid() });
export type GenerateReply = z.infer<typeof GenerateReply>;

/** Ask the model for a reply. The job's id is the reply's: adding it twice is harmless. */
export const generateReplyJob: JobContract<GenerateReply> = { name: "generate-reply", data: GenerateReply };

const ContinueQueue = z.object({ userId: z.uuid(), chatroomId: z.uuid() });
export type ContinueQueue = z.infer<typeof ContinueQueue>;

/**
 * Take up the next message of a room's queue. The job's id is that of the reply that has ended. A sweep repairs a lost
 * one.
 */
export const continueQueueJob: JobContract<ContinueQueue> = { name: "continue-queue", data: ContinueQueue };
