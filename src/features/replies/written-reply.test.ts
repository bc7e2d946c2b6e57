import { expect, test } from "vitest";
import type { NewActivity } from "../../platform/gemini/activity.ts";
import { createWrittenReply } from "./written-reply.ts";

const place = { at: 0, noteLength: 0 };
const code = (text: string): NewActivity => ({ ...place, kind: "CODE", language: "", code: text });
const MORE = { kind: "UNSUPPORTED", what: "MORE" };

test("thoughts are cut after 200 KiB, after a whole character, and the reply goes on", () => {
  const written = createWrittenReply();
  written.add({ text: "", thought: "x" });
  written.add({ text: "a", thought: "😀".repeat(60_000) });
  written.add({ text: "b", thought: "x" });
  expect(Buffer.byteLength(written.thought)).toBe(200 * 1024 - 3);
  expect(written).toMatchObject({ text: "ab", isFull: false });

  const { length } = written.thought;
  const thought = {
    ...place,
    kind: "THOUGHT",
    thoughtStart: 1,
    thoughtEnd: 120_002,
    durationMs: 1,
    cut: false,
  } as const;
  written.add({ text: "", activities: [thought, { ...thought, thoughtStart: 110_000, thoughtEnd: 110_001 }] });
  expect(written.activities).toMatchObject([
    { seq: 0, thoughtStart: 1, thoughtEnd: length, cut: true },
    { seq: 1, thoughtStart: length, thoughtEnd: length, cut: true },
  ]);
});

test("of too many activities the last one says so", () => {
  const written = createWrittenReply();
  for (let each = 0; each < 600; each += 1) written.add({ text: "", activities: [code(`${each}`)] });
  expect(written.activities).toHaveLength(500);
  expect(written.activities[498]).toMatchObject({ seq: 498, code: "498" });
  expect(written.activities[499]).toMatchObject({ seq: 499, ...MORE });
});

test("activities that are too large are left out, and all together have a limit as well", () => {
  const written = createWrittenReply();
  const activities = [code("😀".repeat(65_536)), code("x".repeat(200_000)), code("small")];
  for (let each = 0; each < 10; each += 1) written.add({ text: "", activities });
  expect(written.activities[0]).toMatchObject({ seq: 0, kind: "UNSUPPORTED", what: "CODE" });
  expect(written.activities[1]).toMatchObject({ seq: 1, kind: "CODE" });
  expect(written.activities.at(-1)).toMatchObject(MORE);
  expect(JSON.stringify(written.activities).length).toBeLessThan(1024 * 1024);
});

test("an activity stands within the text that there is", () => {
  const written = createWrittenReply();
  written.add({
    text: "abc",
    activities: [
      { ...code("x"), at: 2, noteLength: 9 },
      { ...code("y"), at: 7 },
    ],
  });
  expect(written.activities).toMatchObject([
    { at: 2, noteLength: 1 },
    { at: 3, noteLength: 0 },
  ]);
});

test("what goes on from a draft counts its positions from the draft's end", () => {
  const thought = { seq: 0, at: 0, noteLength: 0, kind: "THOUGHT", durationMs: 1, cut: false } as const;
  const draft = { text: "One ", thought: "Hm.", activities: [{ ...thought, thoughtStart: 0, thoughtEnd: 3 }] };
  const written = createWrittenReply(draft);
  const citations = [{ start: 0, end: 3, sources: [] }];
  written.add({
    text: "two",
    thought: "Oh.",
    activities: [
      { at: 0, noteLength: 0, kind: "THOUGHT", durationMs: 1, cut: false, thoughtStart: 0, thoughtEnd: 3 },
      { at: 3, noteLength: 0, kind: "CITATIONS", citations },
    ],
  });
  expect(written).toMatchObject({ text: "One two", thought: "Hm.Oh." });
  expect(written.activities).toMatchObject([
    { seq: 0, at: 0 },
    { seq: 1, at: 4, thoughtStart: 3, thoughtEnd: 6 },
    { seq: 2, at: 7, citations: [{ start: 4, end: 7 }] },
  ]);
});
