import { expect, test } from "vitest";
import { previewOf } from "./preview-of.ts";

const FAMILY = "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}";

test("is one line without blanks at its ends", () => {
  expect(previewOf("\u200b\n  What\r\n\tis\u2028it?\u3164")).toBe("What is it?");
});

test("does not change the direction of what stands beside it", () => {
  expect(previewOf("\u202eabc\u2066d")).toBe("abcd");
});

test.each([
  ["a family", FAMILY, 79],
  ["a flag", "\u{1f1e9}\u{1f1ea}", 140],
  ["an accent", "e\u0301", 140],
  ["Hindi", "क्षि", 139],
  ["a dark thumb", "\u{1f44d}\u{1f3ff}", 140],
])("ends between two characters: %s", (_, character, count) => {
  const beginning = Array.from(character.repeat(600)).slice(0, 560).join("");
  expect(previewOf(beginning)).toBe(character.repeat(count));
});

test.each(["Latin: äß — “é”", "Ελληνικά", "Русский", "日本語カナかな", "한국어", "中文：，"])(
  "a text without joined characters is cut after %s",
  (word) => {
    const text = word.repeat(100).slice(0, 400);
    expect(previewOf(text)).toBe(text.slice(0, 140).trimEnd());
  },
);

test.each([
  "A few words.",
  "two  blanks",
  " one before",
  "one behind ",
  `${"x".repeat(139)} y`,
  `${"x".repeat(140)} `,
  "x".repeat(141),
])("an ordinary text is shown as behind a blank, which is looked at in full: %j", (text) => {
  for (const whole of [text, `${text} and so on`, `${text}\nand so on`, `${text} ${"and so on ".repeat(20)}`])
    expect(previewOf(whole)).toBe(previewOf(`\u200b${whole}`));
});

test.each(["e\u0301", "か\u3099", "각\u11a8", "1\ufe0f\u20e3"])("no mark is torn from the last one: %j", (last) => {
  expect(previewOf(`${"x".repeat(139)}${last}${"y".repeat(200)}`)).toBe(`${"x".repeat(139)}${last}`);
});

test("a character longer than all that is looked at is cut", () => {
  expect(Array.from(previewOf(`a${"\u0301".repeat(600)}`.slice(0, 560)))).toHaveLength(560);
});
