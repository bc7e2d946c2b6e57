import { describe, expect, it } from "vitest";
import { createReplyText } from "./parts.ts";

/** The text of a reply whose events bring these parts, an array for each. */
function write(...events: unknown[][]): string {
  const text = createReplyText();
  return [...events.map((parts) => text.push(parts)), text.end()].join("");
}

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
