import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Activity, ActivityDetail, NewActivity } from "../../platform/gemini/activity.ts";
import { citationsOf, partsOf, type MessagePart } from "./parts-of.ts";

const list = (...activities: NewActivity[]): Activity[] => activities.map((each, seq) => Object.assign({ seq }, each));

const CODE: ActivityDetail = { kind: "CODE", language: "PYTHON", code: "print(1)" };
const RESULT: ActivityDetail = { kind: "CODE_RESULT", outcome: "OUTCOME_OK", output: "1\n" };
const IMAGE: ActivityDetail = { kind: "UNSUPPORTED", what: "image", mimeType: "image/png", bytes: 1 };
const SEARCH: ActivityDetail = { kind: "SEARCH", queries: ["a"], suggestionsHtml: null, sources: [] };
const thoughtOf = (thoughtStart: number, thoughtEnd: number): ActivityDetail => ({
  kind: "THOUGHT",
  thoughtStart,
  thoughtEnd,
  durationMs: 5,
  cut: false,
});

describe("the parts of a message", () => {
  it("are its text where there is nothing else, and none where there is none", () => {
    expect(partsOf({ content: "Hello\n\n", thought: "", activities: [] })).toEqual([
      { kind: "TEXT", text: "Hello\n\n" },
    ]);
    expect(partsOf({ content: "", thought: "", activities: [] })).toEqual([]);
  });

  it("stand in order, the text without the notes", () => {
    const content = "One\n\n[code left out]\n\n[result of code left out]\n\nTwo";
    const activities = list(
      { at: 0, noteLength: 0, ...thoughtOf(0, 3) },
      { at: 3, noteLength: 17, ...CODE },
      { at: 20, noteLength: 27, ...RESULT },
      { at: 47, noteLength: 0, ...thoughtOf(3, 7) },
      { at: content.length, noteLength: 0, ...SEARCH },
    );
    expect(partsOf({ content, thought: "Hm.Well", activities })).toEqual([
      { kind: "THOUGHT", text: "Hm.", durationMs: 5, truncated: false },
      { kind: "TEXT", text: "One" },
      CODE,
      RESULT,
      { kind: "THOUGHT", text: "Well", durationMs: 5, truncated: false },
      { kind: "TEXT", text: "Two" },
      SEARCH,
    ]);
  });

  it("keep a line end with which a text after a note begins by itself", () => {
    const content = "[image/png left out]\nTwo";
    expect(partsOf({ content, thought: "", activities: list({ at: 0, noteLength: 20, ...IMAGE }) })).toEqual([
      IMAGE,
      { kind: "TEXT", text: "\nTwo" },
    ]);
  });

  it("end with the thoughts that were interrupted", () => {
    const activities = list({ at: 0, noteLength: 0, ...thoughtOf(0, 2) });
    expect(partsOf({ content: "Yes", thought: "AhBut", activities })).toEqual([
      { kind: "THOUGHT", text: "Ah", durationMs: 5, truncated: false },
      { kind: "TEXT", text: "Yes" },
      { kind: "THOUGHT", text: "But", durationMs: null, truncated: false },
    ]);
    const long = partsOf({ content: "", thought: "x".repeat(200 * 1024), activities: [] });
    expect(long).toMatchObject([{ kind: "THOUGHT", durationMs: null, truncated: true }]);
  });

  it("are made of what is there when activities are ahead of the text", () => {
    const activities = list({ at: 10, noteLength: 16, ...CODE }, { at: 40, noteLength: 0, ...thoughtOf(0, 9) });
    expect(partsOf({ content: "Half", thought: "H", activities })).toEqual([
      { kind: "TEXT", text: "Half" },
      CODE,
      { kind: "THOUGHT", text: "H", durationMs: 5, truncated: false },
    ]);
  });

  it("are not cut by citations", () => {
    const activities = list({ at: 2, noteLength: 0, kind: "CITATIONS", citations: [] });
    expect(partsOf({ content: "Hello", thought: "", activities })).toEqual([{ kind: "TEXT", text: "Hello" }]);
  });

  it("give back all that was put together", () => {
    /** A text with or without a note before it; as the border writes them, a text after a note is no blank line. */
    const piece = fc.oneof(
      fc.string({ unit: "grapheme", minLength: 1 }).map((text) => ({ text: text.replace(/^\n+/, "") || "x" })),
      fc.constantFrom(CODE, IMAGE, SEARCH),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        let content = "";
        let afterNote = false;
        const activities: NewActivity[] = [];
        const expected: MessagePart[] = [];
        for (const next of pieces) {
          if ("text" in next) {
            content += (afterNote ? "\n\n" : "") + next.text;
            const last = expected.at(-1);
            if (last?.kind === "TEXT") expected.splice(-1, 1, { kind: "TEXT", text: last.text + next.text });
            else expected.push({ kind: "TEXT", text: next.text });
            afterNote = false;
            continue;
          }
          const note = next === SEARCH ? "" : `${content === "" ? "" : "\n\n"}[${next.kind} left out]`;
          activities.push({ at: content.length, noteLength: note.length, ...next });
          expected.push(next);
          content += note;
          afterNote ||= note !== "";
        }
        expect(partsOf({ content, thought: "", activities: list(...activities) })).toEqual(expected);
      }),
    );
  });
});

it("citations come in the order of the text, and those of one stretch as one", () => {
  const source = (uri: string) => ({ title: null, uri });
  const [a, b, c] = [source("https://a.example"), source("https://b.example"), source("https://c.example")];
  const activities = list(
    { at: 0, noteLength: 0, kind: "CITATIONS", citations: [{ start: 9, end: 12, sources: [a] }] },
    { at: 0, noteLength: 0, ...SEARCH },
    {
      at: 0,
      noteLength: 0,
      kind: "CITATIONS",
      citations: [
        { start: 9, end: 12, sources: [a, b] },
        { start: 2, end: 4, sources: [c] },
      ],
    },
  );
  expect(citationsOf(activities)).toEqual([
    { start: 2, end: 4, sources: [c] },
    { start: 9, end: 12, sources: [a, b] },
  ]);
});
