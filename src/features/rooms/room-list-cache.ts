/** The cache group of a user's lists of rooms; `roomChanged` drops it. */
export const roomsGroup = (userId: string): string => `rooms:${userId}`;

/**
 * Where answers to `chatrooms` are cached. Those with a cursor are not: a client opens with one that has none.
 *
 * @returns the group in the cache, or null
 */
export const roomListGroup = (
  userId: string,
  { after, before }: { after?: unknown; before?: unknown },
): string | null => (typeof after === "string" || typeof before === "string" ? null : roomsGroup(userId));
