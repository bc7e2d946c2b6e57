import { z } from "zod";
import type { Topic } from "./pubsub.ts";

/** In development every worker listens, and dies as under `kill -9`: the chat page shows that nothing is lost. */
export const workerKillTopic: Topic<Record<string, never>> = {
  name: () => "development:worker-kill",
  payload: z.strictObject({}),
};
