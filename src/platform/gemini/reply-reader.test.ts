import { describe, expect, it } from "vitest";
import type { NewActivity } from "./activity.ts";
import { createReplyReader } from "./reply-reader.ts";
import { hasLoneSurrogate } from "../text/text.ts";

const eventOf = (parts: unknown[], more: object = {}) => ({ candidates: [{ content: { parts }, ...more }] });

/** What a reply comes to whose events bring these parts, an array for each. */
function readAll(...events: unknown[][]) {
  const reader = createReplyReader();
  const pieces = [...events.map((parts) => reader.push(eventOf(parts))), reader.end()];
  return {
    text: pieces.map(({ text }) => text).join(""),
    thought: pieces.map(({ thought }) => thought).join(""),
    activities: pieces.flatMap(({ activities }): readonly NewActivity[] => activities),
    signatures: reader.signatures(),
  };
}

const write = (...events: unknown[][]): string => readAll(...events).text;

const PNG = { inlineData: { mimeType: "image/png", data: "AA==" } };

describe("a part that is no text", () => {
  it.each<[string, unknown]>([
    ["image/png", PNG],
    ["image/jpeg", { inlineData: { mimeType: "image/jpeg", data: "AA==" }, thoughtSignature: "s" }],
    ["audio/L16", { inlineData: { mimeType: "audio/L16;codec=pcm;rate=24000", data: "" } }],
    ["file", { inlineData: { data: "AA==" } }],
    ["file", { inlineData: { mimeType: "not a type]\n\0", data: "AA==" } }],
    ["application/pdf", { fileData: { mimeType: "application/pdf", fileUri: "gs://x" } }],
    ["code", { executableCode: { language: "PYTHON", code: "print(1)" } }],
    ["result of code", { codeExecutionResult: { outcome: "OUTCOME_OK", output: "1\n" } }],
    ["function call", { functionCall: { name: "weather", args: {} } }],
    ["function call", { functionCall: {} }],
    ["toolCall", { toolCall: { id: "1" } }],
    ["something", { "\0]\n": 1 }],
    ["text", { text: 5 }],
    ["something", 5],
  ])("is named in a note: [%s left out]", (name, part) => {
    expect(write([part])).toBe(`[${name} left out]`);
    expect(write([{ text: "Look:" }, part, { text: "Nice." }])).toBe(`Look:\n\n[${name} left out]\n\nNice.`);
  });

  it("has a short name, however long its own is", () => {
    const long = "x".repeat(100_000);
    expect(write([{ [long]: 1 }]).length).toBeLessThan(100);
    expect(write([{ inlineData: { mimeType: `image/${long}` } }]).length).toBeLessThan(100);
  });

  it("is noted in a paragraph of its own, wherever the events are cut", () => {
    const parts = [{ text: "One\n" }, PNG, { text: "\n\nTwo\n\n" }, PNG, { text: "" }, { text: "Three" }];
    const text = "One\n\n[image/png left out]\n\nTwo\n\n[image/png left out]\n\nThree";
    expect(write(parts)).toBe(text);
    expect(write(...parts.map((part) => [part]))).toBe(text);
  });

  it("is not noted twice in a row", () => {
    const call = { functionCall: { partialArgs: [] } };
    expect(write([call, { text: "" }], [call], [call, PNG, PNG])).toBe(
      "[function call left out]\n\n[image/png left out]",
    );
  });

  it.each([
    ["a thought", { text: "Hm.", thought: true }],
    ["an image of a thought", { ...PNG, thought: true }],
    ["a signature", { thoughtSignature: "AA==" }],
    ["a signature beside an empty text", { text: "", thoughtSignature: "AA==" }],
    ["nothing", {}],
    ["null", { inlineData: null }],
  ])("is nothing to be noted: %s", (_, part) => {
    expect(write([{ text: "One " }, part], [part], [{ text: "two" }])).toBe("One two");
  });
});

describe("the text of a reply", () => {
  it("can be stored, whatever comes", () => {
    expect(
      write([{ text: "a\0" }, "b"], [{ text: "\ud83d" }], [{ text: "\ude00\ud83d" }], [PNG, { text: "\ude00" }]),
    ).toBe("a\uFFFDb😀\uFFFD\n\n[image/png left out]\n\n\uFFFD");
  });

  it("ends with U+FFFD where half a character is all that came", () => {
    expect(write([{ text: "a\ud83d" }])).toBe("a\uFFFD");
  });
});

describe("what is no text", () => {
  it("is kept as what it is, with the note that stands for it", () => {
    const { text, activities } = readAll(
      [{ text: "Let me see." }],
      [
        { executableCode: { language: "PYTHON", code: "print('ok')\0" } },
        { codeExecutionResult: { outcome: "OUTCOME_OK", output: "ok\n" } },
        { codeExecutionResult: { outcome: "OUTCOME_FAILED" } },
      ],
      [{ text: "Done." }, PNG, PNG, { functionCall: {} }, { functionCall: {} }],
    );
    expect(text).toBe(
      "Let me see.\n\n[code left out]\n\n[result of code left out]\n\nDone.\n\n[image/png left out]\n\n[function call left out]",
    );
    expect(activities).toEqual([
      { at: 11, noteLength: 17, kind: "CODE", language: "PYTHON", code: "print('ok')\uFFFD" },
      { at: 28, noteLength: 27, kind: "CODE_RESULT", outcome: "OUTCOME_OK", output: "ok\n" },
      { at: 55, noteLength: 0, kind: "CODE_RESULT", outcome: "OUTCOME_FAILED", output: "" },
      { at: 62, noteLength: 22, kind: "UNSUPPORTED", what: "image", mimeType: "image/png", bytes: 1 },
      { at: 84, noteLength: 0, kind: "UNSUPPORTED", what: "image", mimeType: "image/png", bytes: 1 },
      { at: 84, noteLength: 26, kind: "UNSUPPORTED", what: "function call", mimeType: null, bytes: null },
    ]);
  });

  it.each<[unknown, object]>([
    [{ inlineData: { mimeType: "image/jpeg", data: "A".repeat(400) } }, { what: "image", bytes: 300 }],
    [
      { inlineData: { mimeType: "audio/L16;rate=24000", data: "AAA=" } },
      { what: "audio", mimeType: "audio/L16", bytes: 2 },
    ],
    [{ inlineData: { data: 5 } }, { what: "file", mimeType: null, bytes: null }],
    [
      { fileData: { mimeType: "application/pdf", fileUri: "x" } },
      { what: "file", mimeType: "application/pdf", bytes: null },
    ],
    [{ executableCode: { code: 5 } }, { what: "code", mimeType: null }],
    [{ executableCode: "print(1)" }, { what: "code" }],
    [{ "odd key\0": 1 }, { what: "oddkey" }],
    [5, { what: "something" }],
  ])("has a kind, a type and a size as far as they are known: %j", (part, activity) => {
    expect(readAll([part]).activities).toMatchObject([{ at: 0, kind: "UNSUPPORTED", ...activity }]);
  });

  it("is no more than 500 things, and the last of them says that there are more", () => {
    const { activities, text } = readAll(...Array.from({ length: 600 }, () => [PNG]));
    expect(activities).toHaveLength(500);
    expect(activities.at(-2)).toMatchObject({ what: "image" });
    expect(activities.at(-1)).toMatchObject({ kind: "UNSUPPORTED", what: "MORE" });
    expect(text).toBe("[image/png left out]");
  });

  it("is cut where it is longer than an activity may be, and says so", () => {
    const long = "\u0001😀".repeat(40_000);
    const { activities } = readAll([{ executableCode: { language: "PYTHON", code: long } }]);
    expect(Buffer.byteLength(JSON.stringify(activities[0]))).toBeLessThanOrEqual(256 * 1024);
    const { code } = activities[0] as { code: string };
    expect(hasLoneSurrogate(code) || code.length < 20_000).toBe(false);
    expect(code.endsWith("\n[the rest left out]")).toBe(true);
    const many = readAll(...Array.from({ length: 9 }, () => [{ codeExecutionResult: { output: long } }])).activities;
    expect(many.at(-1)).toMatchObject({ what: "MORE" });
    expect(Buffer.byteLength(JSON.stringify(many))).toBeLessThanOrEqual(1024 * 1024);
  });
});

describe("the thoughts", () => {
  it("are a text of their own, in stretches that end when something else comes", () => {
    let clock = 0;
    const reader = createReplyReader(() => clock);
    const at = (ms: number, ...parts: unknown[]) => {
      clock = ms;
      return reader.push(eventOf(parts));
    };
    expect(reader.isBusy()).toBe(true);
    expect(at(1_000, { text: "Hm", thought: true })).toMatchObject({ text: "", thought: "Hm", activities: [] });
    expect(at(2_000, { text: ".", thought: true }, { text: "", thoughtSignature: "AA" })).toMatchObject({
      thought: ".",
    });
    expect(at(4_000, { text: "Yes, " })).toMatchObject({
      text: "Yes, ",
      thought: "",
      activities: [
        { at: 0, noteLength: 0, kind: "THOUGHT", thoughtStart: 0, thoughtEnd: 3, durationMs: 4_000, cut: false },
      ],
    });
    expect(reader.isBusy()).toBe(false);
    at(5_000, { text: "but" });
    at(6_000, { text: "Wait.", thought: true });
    expect(reader.isBusy()).toBe(true);
    clock = 7_000;
    expect(reader.end().activities).toEqual([
      { at: 8, noteLength: 0, kind: "THOUGHT", thoughtStart: 3, thoughtEnd: 8, durationMs: 2_000, cut: false },
    ]);
  });

  it("stand before the character that they interrupt", () => {
    const { text, thought, activities } = readAll(
      [{ text: "a\ud83d" }],
      [{ text: "b\ud83d", thought: true }],
      [{ text: "\ude00", thought: true }],
      [{ text: "\ude00" }],
    );
    expect([text, thought]).toEqual(["a😀", "b😀"]);
    expect(activities).toMatchObject([{ at: 1, kind: "THOUGHT", thoughtStart: 0, thoughtEnd: 3 }]);
  });

  it("are kept up to 200 KB, whole characters only, and say what is missing", () => {
    const { thought, activities } = readAll(
      [{ text: "x", thought: true }],
      ...Array.from({ length: 60 }, () => [{ text: "😀".repeat(1_000), thought: true }]),
      [{ text: "One" }],
      [{ text: "More", thought: true }],
    );
    expect(Buffer.byteLength(thought)).toBe(200 * 1024 - 3);
    expect(activities).toMatchObject([
      { kind: "THOUGHT", thoughtEnd: thought.length, cut: true },
      { kind: "THOUGHT", thoughtStart: thought.length, thoughtEnd: thought.length, cut: true },
    ]);
  });
});

describe("the signatures", () => {
  it("come with the part that they sign", () => {
    const code = { executableCode: { language: "PYTHON", code: "1" }, thoughtSignature: "Y29kZQ==" };
    const { signatures } = readAll(
      [{ text: "One" }],
      [{ text: " two", thoughtSignature: "dHdv" }],
      [code, { text: "Three" }],
      [{ text: "", thoughtSignature: "ZW5k" }],
    );
    expect(signatures).toEqual([
      { start: 3, end: 7, activity: null, signature: "dHdv" },
      { start: 7, end: 24, activity: 0, signature: "Y29kZQ==" },
      { start: 31, end: 31, activity: null, signature: "ZW5k" },
    ]);
  });

  it.each([
    ["of what is not kept", { inlineData: { mimeType: "image/png", data: "AA==" }, thoughtSignature: "s" }],
    ["of a thought", { text: "Hm", thought: true, thoughtSignature: "AA" }],
    ["of a text that had to be changed", { text: "a\0", thoughtSignature: "AA" }],
    ["that are none", { text: "a", thoughtSignature: "no base 64" }],
    ["of another type", { text: "a", thoughtSignature: 5 }],
    ["that are too long", { text: "a", thoughtSignature: "A".repeat(70_000) }],
  ])("are left out: %s", (_, part) => {
    expect(readAll([part]).signatures).toEqual([]);
  });
});
