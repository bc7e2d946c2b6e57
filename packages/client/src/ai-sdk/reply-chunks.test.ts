import { expect, test } from "vitest";
import type { ReplyActivity } from "../documents.ts";
import { NO_PARTS } from "../reply/reply-parts.ts";
import { createReplyChunks, type UiChunk } from "./reply-chunks.ts";

const code = { __typename: "CodePart", language: "PYTHON", code: "1" } as const;
const activity = (at: number, more: Partial<ReplyActivity>): ReplyActivity => ({
  seq: 0,
  at,
  noteLength: 0,
  thoughtEnd: null,
  kind: "",
  part: code,
  citations: [],
  ...more,
});

/** The chunks of replies that follow each other, in short. */
function chunksOf(...replies: { attempt?: number; text?: string; thought?: string; activities?: ReplyActivity[] }[]) {
  const chunks: UiChunk[] = [];
  const { take } = createReplyChunks((chunk) => chunks.push(chunk));
  for (const reply of replies) take({ ...NO_PARTS, attempt: 1, ...reply });
  return chunks.flatMap((chunk) => {
    if (chunk.type === "text-delta" || chunk.type === "reasoning-delta") return [`${chunk.type} ${chunk.delta}`];
    return chunk.type === "data-part" || chunk.type === "start-step" ? [chunk.type] : [];
  });
}

test("a part stands in place of its note and of the gap after it, however these come", () => {
  const activities = [activity(3, { noteLength: 4 })];
  const whole = ["text-delta One", "data-part", "text-delta Two"];
  expect(chunksOf({ text: "OneNote\n\nTwo", activities })).toEqual(whole);
  expect(
    chunksOf(
      { text: "OneNote", activities },
      { text: "OneNote\n", activities },
      { text: "OneNote\n\nTwo", activities },
    ),
  ).toEqual(whole);
});

test("thoughts stand before the text that they led to, also when their end is told late", () => {
  const activities = [
    activity(0, { thoughtEnd: 2, part: { __typename: "ThoughtPart", durationMs: 1, truncated: false } }),
  ];
  const expected = ["reasoning-delta H", "reasoning-delta m", "text-delta On", "text-delta e"];
  expect(
    chunksOf({ thought: "H" }, { thought: "Hm", text: "On", activities }, { thought: "Hm", text: "One", activities }),
  ).toEqual(expected);
});

test("an attempt that goes on with the text is the same step", () => {
  expect(chunksOf({ text: "One" }, { attempt: 2, text: "One and" }, { attempt: 3, text: "One and two" })).toEqual([
    "text-delta One",
    "text-delta  and",
    "text-delta  two",
  ]);
});

test("another attempt is another step, unless nothing was there", () => {
  expect(chunksOf({ attempt: 0 }, { text: "One" }, { attempt: 2, text: "Two" })).toEqual([
    "text-delta One",
    "start-step",
    "text-delta Two",
  ]);
});
