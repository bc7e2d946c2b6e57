import type { AppContext } from "../../app-context.ts";

const groupOf = (userId: string): string => `rooms:${userId}`;

/**
 * Where answers to `chatrooms` are kept. Those with a cursor are not: a client opens with one that has none.
 *
 * @returns the group in the cache, or null
 */
export const roomListGroup = (
  userId: string,
  { after, before }: { after?: unknown; before?: unknown },
): string | null => (typeof after === "string" || typeof before === "string" ? null : groupOf(userId));

/**
 * Called once a change is committed that shows in the user's list: of a room, or of any message in it. Never fails, and
 * waits for Redis for a quarter of a second at most.
 */
export const dropRoomList = (ctx: Pick<AppContext, "cache">, userId: string): Promise<void> =>
  ctx.cache.drop(groupOf(userId));
