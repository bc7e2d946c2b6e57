import { z } from "zod";
import type { Topic } from "../../platform/redis/pubsub.ts";

const SessionsRevoked = z.object({ sessionIds: z.array(z.uuid()) });

/** Every API listens: it closes the connections of these sessions. The key is not used. */
export const sessionsRevokedTopic: Topic<z.infer<typeof SessionsRevoked>> = {
  name: () => "session:revoked",
  payload: SessionsRevoked,
};
