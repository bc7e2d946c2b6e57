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
  let last = "";
  return rooms.flatMap((room): Line[] => {
    const text = headingOf(new Date(room.lastMessageAt), midnight, now);
    const line: Line = { kind: "room", room };
    if (text === last) return [line];
    last = text;
    return [{ kind: "heading", text }, line];
  });
}

const DAY_MS = 86_400_000;

function headingOf(time: Date, midnight: number, now: Date): string {
  // Days of 23 and 25 hours are near enough.
  const days = Math.ceil((midnight - time.getTime()) / DAY_MS);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days <= 7) return "Previous 7 days";
  if (days <= 30) return "Previous 30 days";
  const sameYear = time.getFullYear() === now.getFullYear();
  return time.toLocaleDateString("en", { month: "long", ...(!sameYear && { year: "numeric" }) });
}
