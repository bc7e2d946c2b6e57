import type { AppContext } from "../../app-context.ts";

/** The cache group of a user's lists of rooms; `dropRoomLists` drops it. */
const roomsGroup = (userId: string): string => `rooms:${userId}`;

type ListArgs = Readonly<{ after?: unknown; before?: unknown; filter?: unknown }>;

/**
 * Where answers to `chatrooms` are cached. Those with a cursor are not: a client opens with one that has none. Nor are
 * searches, of which a person makes one with each letter.
 *
 * @returns the group in the cache, or null
 */
export function roomListGroup(userId: string, { after, before, filter }: ListArgs): string | null {
  const isSearch = typeof (filter as { titleContains?: unknown } | null | undefined)?.titleContains === "string";
  return isSearch || typeof after === "string" || typeof before === "string" ? null : roomsGroup(userId);
}

/**
 * Drops a user's cached lists of rooms. For what changes no room, such as a repeat whose first call may have died before
 * it did so; a change calls `roomChanged`.
 */
export const dropRoomLists = (ctx: Pick<AppContext, "cache">, userId: string): Promise<void> =>
  ctx.cache.drop(roomsGroup(userId));
