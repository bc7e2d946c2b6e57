import { expect, it } from "vitest";
import type { Activity } from "../../platform/gemini/activity.ts";
import { signedParts } from "./signed-parts.ts";

const CODE: Activity = { seq: 0, at: 3, noteLength: 17, kind: "CODE", language: "PYTHON", code: "1" };
const RESULT: Activity = { seq: 1, at: 20, noteLength: 27, kind: "CODE_RESULT", outcome: "OUTCOME_OK", output: "1" };
const content = "One\n\n[code left out]\n\n[result of code left out]\n\nTwo three";

it("a text without signatures is one part", () => {
  expect(signedParts({ content: "One", activities: [], signatures: [] })).toEqual([{ kind: "TEXT", text: "One" }]);
});

it("each signature stands with the part that it came with", () => {
  const signatures = [
    { start: 0, end: 3, activity: null, signature: "a" },
    { start: 3, end: 20, activity: 0, signature: "b" },
    { start: 52, end: 58, activity: null, signature: "c" },
    { start: 58, end: 58, activity: null, signature: "d" },
  ];
  expect(signedParts({ content, activities: [CODE, RESULT], signatures })).toEqual([
    { kind: "TEXT", text: "One", signature: "a" },
    { kind: "CODE", language: "PYTHON", code: "1", signature: "b" },
    { kind: "CODE_RESULT", outcome: "OUTCOME_OK", output: "1", signature: undefined },
    { kind: "TEXT", text: "Two" },
    { kind: "TEXT", text: " three", signature: "c" },
    { kind: "TEXT", text: "", signature: "d" },
  ]);
});

it("one of an empty text stays in its place, also where there is no text", () => {
  const end = { start: 15, end: 15, activity: null, signature: "z" };
  const activities: Activity[] = [{ ...CODE, at: 0, noteLength: 15 }];
  expect(signedParts({ content: "[code left out]", activities, signatures: [end] })).toMatchObject([
    { kind: "CODE" },
    { kind: "TEXT", text: "", signature: "z" },
  ]);
});
