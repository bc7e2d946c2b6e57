/** The newest event of each room, so that an answer which was on its way before it does not undo it. */
export type RecentEvents = Readonly<{
  /** @param write brings the event into the cache, now and perhaps again */
  take(roomId: string, write: () => void): void;
  /** Call it when a request goes out. @returns writes the events again that came since then */
  follow(): () => void;
}>;

/** Rooms whose event is kept: far more than change while one request is under way. */
const MAX_ROOMS = 100;

export function createRecentEvents(): RecentEvents {
  const newest = new Map<string, { count: number; write: () => void }>();
  let count = 0;
  return {
    take(roomId, write) {
      count += 1;
      newest.delete(roomId);
      newest.set(roomId, { count, write });
      const [oldest = ""] = newest.keys();
      if (newest.size > MAX_ROOMS) newest.delete(oldest);
      write();
    },
    follow() {
      const before = count;
      return () => {
        for (const event of newest.values()) if (event.count > before) event.write();
      };
    },
  };
}
