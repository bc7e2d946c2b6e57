import { expect, onTestFinished, test, vi } from "vitest";
import { lineStart } from "./line-start.ts";

const FAMILY = "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}";

test.each([
  ["a short text as it is", "Hello", "Hello"],
  ["one line without blanks at its ends", "\n  What\r\n\tis \u2028it?\u3164", "What is it?"],
  ["nothing that changes the direction", "\u202eabc", "abc"],
  ["whole words", "one two three four five", "one two three four…"],
  ["a part of one long word", "x".repeat(30), `${"x".repeat(19)}…`],
  ["characters of a script without spaces", "漢".repeat(30), `${"漢".repeat(19)}…`],
  ["whole emoji", FAMILY.repeat(30), `${FAMILY.repeat(14)}…`],
  ["nothing of blanks", " \n\u200b ", ""],
])("%s", (_, text, line) => {
  expect(lineStart(text, 20)).toBe(line);
});

test("a text of many lines is read no further than its line needs", () => {
  const segment = vi.spyOn(Intl.Segmenter.prototype, "segment");
  onTestFinished(() => segment.mockRestore());
  expect(lineStart(`Hi ${FAMILY} ${"a\n".repeat(5_000_000)}`, 20)).toBe(`Hi ${FAMILY} a a a a a a a…`);
  expect(segment.mock.calls.map(([text]) => text.length).filter((length) => length > 200)).toEqual([]);
  expect(segment).toHaveBeenCalled();
});
