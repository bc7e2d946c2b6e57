import { z } from "zod";
import type { JobContract } from "../../platform/redis/queue.ts";

const GenerateReply = z.object({ replyId: z.uuid() });
export type GenerateReply = z.infer<typeof GenerateReply>;

/** Ask the model for a reply. The job's id is the reply's: adding it twice is harmless. */
export const generateReplyJob: JobContract<GenerateReply> = { name: "generate-reply", data: GenerateReply };
