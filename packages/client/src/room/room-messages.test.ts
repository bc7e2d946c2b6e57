import { expect, test } from "vitest";
import { addMessage, lastSeen } from "./room-messages.ts";

test("a room's message that comes again moves to the end, and is there once", () => {
  const said = (id: string, status: string) => ({ id, status });
  const before = { messages: [said("q", "COMPLETE"), said("a", "FAILED")], live: true };
  const missed = addMessage(before, said("q2", "COMPLETE"), { live: false });
  expect(missed.live).toBe(false);
  const after = addMessage(missed, said("a", "COMPLETE"), { live: true });
  expect(after).toEqual({
    messages: [said("q", "COMPLETE"), said("q2", "COMPLETE"), said("a", "COMPLETE")],
    live: true,
  });
  expect(lastSeen(after.messages)).toEqual({ after: "a" });
});

test.each([
  [["COMPLETE", "COMPLETE"], 1],
  [["COMPLETE", "STOPPED"], 1],
  [["COMPLETE", "PENDING"], 0],
  [["COMPLETE", "STREAMING"], 0],
  [["COMPLETE", "FAILED"], 0],
  [["COMPLETE", "BLOCKED"], 0],
  [[], "0"],
])("of messages that are %o, the one to go on from is %o", (statuses, at) => {
  const messages = statuses.map((status, index) => ({ id: `${index}`, status }));
  expect(lastSeen(messages)).toEqual({ after: `${at}` });
});
