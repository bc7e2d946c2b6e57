import { expect, test } from "vitest";
import type { RoomRowFragment } from "../../generated/graphql/graphql.ts";
import { groupByDay } from "./group-by-day.ts";

const NOW = new Date(2026, 10, 27, 12, 0);

const room = (id: string, time: Date): RoomRowFragment => ({
  id,
  title: id,
  titleSource: "PERSON",
  lastMessageAt: time.toISOString(),
  pinnedAt: null,
  archivedAt: null,
  unread: false,
  activeReply: null,
});

const shown = (times: readonly Date[]) =>
  groupByDay(
    times.map((time, index) => room(String(index), time)),
    NOW,
  ).map((line) => (line.kind === "heading" ? line.text : line.room.id));

test("a heading stands before the first room of its time", () => {
  const times = [
    new Date(2026, 10, 27, 11, 59),
    new Date(2026, 10, 27, 0, 0),
    new Date(2026, 10, 26, 23, 59),
    new Date(2026, 10, 20, 12, 0),
    new Date(2026, 10, 1),
    new Date(2026, 8, 3),
    new Date(2025, 11, 31),
  ];
  const lines = ["Today", "0", "1", "Yesterday", "2", "Previous 7 days", "3", "Previous 30 days", "4"];
  expect(shown(times)).toEqual([...lines, "September", "5", "December 2025", "6"]);
});

test("a server whose clock is ahead has rooms of today", () => {
  expect(shown([new Date(2026, 10, 28, 3, 0)])).toEqual(["Today", "0"]);
  expect(shown([])).toEqual([]);
});
