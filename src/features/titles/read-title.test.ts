import { expect, test } from "vitest";
import { readTitle } from "./read-title.ts";

test.each([
  ["plain", "Bread without yeast", "Bread without yeast"],
  ["in quotation marks", "“Brot ohne Hefe.”\n", "Brot ohne Hefe"],
  ["in Markdown with a label", "## **Title: Bread**", "Bread"],
  ["behind blank lines, before others", "\n \nBread\nIt is about bread.", "Bread"],
  ["in Japanese", "「パンの作り方」。", "パンの作り方"],
  ["a question", "Why is the sky blue?", "Why is the sky blue?"],
  ["with a mark of direction", "Bread\u202e!", "Bread!"],
  ["with a code block", "```\nBread\n```", "Bread"],
])("a title %s", (_, answer, title) => {
  expect(readTitle(answer)).toBe(title);
});

test("a long one is cut between two characters", () => {
  const flag = "\u{1f1e9}\u{1f1ea}";
  expect(readTitle(flag.repeat(100))).toBe(`${flag.repeat(59)}…`);
});

test.each(["", "\n\n", '""', "**", "Title:", "\u200b"])("there is none in %j", (answer) => {
  expect(readTitle(answer)).toBeNull();
});
