import fc from "fast-check";
import { expect, test } from "vitest";
import { createGrowingBlocks, readBlocks, type Blocks } from "./markdown-blocks.ts";

const PIECES = [
  "# Heading\n\n",
  "A paragraph, **strong**\nand `code`.\n\n",
  "- one\n- two\n\n  still two\n\n",
  "1. one\n\n2. two\n\n",
  "```ts\nconst a = 1;\n\n- no list\n```\n\n",
  "| a | b |\n|---|---|\n| 1 | 2 |\n\n",
  "> a quote\n>\n> of two\n\n",
  "Title\n===\n",
  "line\r\n",
  "\n\n\n",
  "    indented\n\n",
  "<b>html</b>\n\n",
  "-",
  "***\n",
];
const rawOfGroup = (blocks: Blocks) => blocks.map(({ type, raw }) => ({ type, raw }));
const rawOf = (groups: readonly Blocks[]) => groups.flatMap(rawOfGroup);

test("a text that grows by any pieces has the blocks of the whole", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 60 }),
      (pieces, steps) => {
        const text = `${pieces.join("")}\n\nOne.\n\nTwo.\n\nThe end.`;
        const read = createGrowingBlocks();
        for (let end = 0, turn = 0; end < text.length; turn += 1) {
          end = Math.min(text.length, end + (steps[turn % steps.length] ?? 1));
          read(text.slice(0, end), true);
        }
        const grown = read(text, false);
        expect(rawOf(grown)).toEqual(rawOf(readBlocks(text)));
        // Blocks keep their places when it has ended, and when the page is opened again.
        expect(grown.map(rawOfGroup)).toEqual(createGrowingBlocks()(text, false).map(rawOfGroup));
      },
    ),
    { numRuns: 500 },
  );
});

test("blocks that are done are read once, and what is open at the end is closed", () => {
  const read = createGrowingBlocks();
  const text = Array.from({ length: 200 }, (_, n) => `Paragraph ${n}.\n\n`).join("");
  const before = read(text, true);
  const after = read(`${text}And **stro`, true);
  expect(after.length).toBeGreaterThan(3);
  expect(after.slice(0, -2).every((group, index) => group === before[index])).toBe(true);
  expect(after.at(-1)?.at(-1)).toMatchObject({ type: "paragraph", tokens: [{}, { type: "strong", text: "stro" }] });
});

test("another text begins anew", () => {
  const read = createGrowingBlocks();
  read("One\n\nTwo\n\nThree\n\nFour", true);
  expect(rawOf(read("Uno\n\nDos", true))).toEqual(rawOf(readBlocks("Uno\n\nDos")));
});
