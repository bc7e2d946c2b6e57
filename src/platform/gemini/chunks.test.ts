import { describe, expect, it } from "vitest";
import { readFinish, readParts, readUsage } from "./chunks.ts";

describe("token counts", () => {
  const read = (prompt: unknown, reply: unknown) =>
    readUsage({ usageMetadata: { promptTokenCount: prompt, candidatesTokenCount: reply } });

  it.each([
    [7, 7],
    [0, 0],
    [20_000_000, 20_000_000],
    ["12", 12],
  ])("are whole numbers: %j", (given, count) => {
    expect(read(given, 1)).toEqual({ promptTokens: count, replyTokens: 1 });
    expect(read(1, given)).toEqual({ promptTokens: 1, replyTokens: count });
  });

  it.each([3e9, 20_000_001, 1e300, 1.5, -4, -0.5, null, "", "NaN", "-4", "1.5", " 1", "9".repeat(400), {}, [3], true])(
    "are left out where they are none: %j",
    (given) => {
      expect(read(given, 1)).toEqual({ replyTokens: 1 });
      expect(read(1, given)).toEqual({ promptTokens: 1 });
    },
  );

  it.each([undefined, null, 5, "x", []])("may be missing: %j", (usageMetadata) => {
    expect(readUsage({ usageMetadata })).toEqual({});
  });
});

describe("the reason for the end", () => {
  const read = (finishReason: unknown) => readFinish({ candidates: [{ finishReason }] });

  it.each<[unknown, string, string]>([
    ["STOP", "STOP", "complete"],
    ["safety", "safety", "blocked"],
    [" SAFETY\n", "SAFETY", "blocked"],
    ["ODD\0\ud83d", "ODD\uFFFD\uFFFD", "complete"],
    ["x".repeat(100_000), "x".repeat(64), "complete"],
    [`${"x".repeat(63)}😀`, `${"x".repeat(63)}\uFFFD`, "complete"],
    [" ", "OTHER", "complete"],
    [3, "3", "complete"],
    [{ a: 1 }, "OTHER", "complete"],
    [true, "OTHER", "complete"],
  ])("%j is short, and can be stored", (given, reason, outcome) => {
    expect(read(given)).toEqual({ reason, outcome });
  });

  it.each([undefined, null, "", 0, "FINISH_REASON_UNSPECIFIED"])("is none: %j", (given) => {
    expect(read(given)).toBeUndefined();
  });

  it("of a refused prompt is checked alike", () => {
    const blocked = (blockReason: unknown) => readFinish({ promptFeedback: { blockReason } });
    expect(blocked("\0SAFETY")).toEqual({ reason: "\uFFFDSAFETY", outcome: "blocked" });
    expect(blocked({})).toEqual({ reason: "OTHER", outcome: "blocked" });
    expect(readFinish({ promptFeedback: "x" })).toBeUndefined();
  });
});

it.each<[unknown, unknown[]]>([
  [undefined, []],
  ["x", []],
  [null, []],
  [[], []],
  [[null], []],
  [[{ content: null }], []],
  [[{ content: { parts: null } }], []],
  [[{ content: { parts: [null, { text: "a" }] } }], [{ text: "a" }]],
  [[{ content: { parts: { text: "a" } } }], [{ text: "a" }]],
  [{ content: { parts: [1] } }, [1]],
])("parts of %j", (candidates, parts) => {
  expect(readParts({ candidates })).toEqual(parts);
});
