import { z } from "zod";
import type { JobContract } from "../../platform/redis/queue.ts";

const SummarizeContext = z.object({ chatroomId: z.uuid(), replyId: z.uuid() });
export type SummarizeContext = z.infer<typeof SummarizeContext>;

/** Summarise the older part of the branch that ends with a reply. The job's id is the room's: one at a time in each. */
export const summarizeContextJob: JobContract<SummarizeContext> = { name: "summarize-context", data: SummarizeContext };
