import type { RoomRowFragment } from "../../generated/graphql/graphql.ts";

/** What a list of rooms shows, line by line. */
export type Line = { kind: "heading"; text: string } | { kind: "room"; room: RoomRowFragment };

/**
 * Puts headings between rooms, which are sorted newest first.
 *
 * @param now by which "Today" is meant, in this device's time zone
 */
export function groupByDay(rooms: readonly RoomRowFragment[], now: Date): Line[] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const lines: Line[] = [];
  let last: string | number = "";
  for (const room of rooms) {
    const time = new Date(room.lastMessageAt);
    const group = groupOf(time, midnight);
    // A date is written out once a month, and not once a room.
    if (group !== last) lines.push({ kind: "heading", text: typeof group === "string" ? group : describe(time, now) });
    last = group;
    lines.push({ kind: "room", room });
  }
  return lines;
}

const DAY_MS = 86_400_000;

/** @returns what it is called, or the number of its month */
function groupOf(time: Date, midnight: number): string | number {
  // Days of 23 and 25 hours are near enough.
  const days = Math.ceil((midnight - time.getTime()) / DAY_MS);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days <= 7) return "Previous 7 days";
  if (days <= 30) return "Previous 30 days";
  return time.getFullYear() * 12 + time.getMonth();
}

function describe(time: Date, now: Date): string {
  const sameYear = time.getFullYear() === now.getFullYear();
  return time.toLocaleDateString("en", { month: "long", ...(!sameYear && { year: "numeric" }) });
}
