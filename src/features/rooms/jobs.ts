import { z } from "zod";
import type { JobContract } from "../../platform/redis/queue.ts";

const GenerateTitle = z.object({ chatroomId: z.uuid() });
export type GenerateTitle = z.infer<typeof GenerateTitle>;

/** Find a title for a room. The job's id is the room's; `Chatroom.titleDueAt` is the record of it. */
export const generateTitleJob: JobContract<GenerateTitle> = { name: "generate-title", data: GenerateTitle };
