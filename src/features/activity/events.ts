import { z } from "zod";
import type { Topic } from "../../platform/redis/pubsub.ts";

const AccountChanged = z.object({ seq: z.int() });
export type AccountChanged = z.infer<typeof AccountChanged>;

/** An account's log has grown; the key is the user's id. Subscribers read the entries from the database. */
export const accountChangedTopic: Topic<AccountChanged> = {
  name: (userId) => `account:changed:${userId}`,
  payload: AccountChanged,
};
