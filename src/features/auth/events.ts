import { z } from "zod";
import type { Topic } from "../../platform/redis/pubsub.ts";

const SessionsRevoked = z.object({ sessionIds: z.array(z.uuid()) });

/** Heard by every API: whoever is connected with one of these sessions is sent away. The key is not used. */
export const sessionsRevokedTopic: Topic<z.infer<typeof SessionsRevoked>> = {
  name: () => "session:revoked",
  payload: SessionsRevoked,
};
