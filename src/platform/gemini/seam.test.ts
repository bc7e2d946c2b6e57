import fc from "fast-check";
import { expect, test } from "vitest";
import { createSeam, lastWords } from "./seam.ts";

/** What readers get when the model goes on in these pieces. */
function joined(kept: string, pieces: readonly string[], asked = false): string {
  const seam = createSeam(kept, { asked });
  return kept + pieces.map((piece) => seam.push(piece)).join("") + seam.end();
}

test.each<[string, string, string, string]>([
  ["a token that begins with its blank", "The answer is", " 7.", "The answer is 7."],
  ["the rest of a word", "Once upon a ti", "me there was", "Once upon a time there was"],
  ["a blank that is there already", "The answer is ", " 7.", "The answer is 7."],
  ["line ends that are there already", "# Title\n\n", "\n\nText", "# Title\n\nText"],
  ["an indent after a line end", "```\n", "    code", "```\n    code"],
  ["repeated words", "It was a dark and stormy", "dark and stormy night", "It was a dark and stormy night"],
  ["repeated words and their blank", "a dark and stormy ", "dark and stormy night", "a dark and stormy night"],
  ["repeated words across lines", "- one\n- two\n", "- one\n- two\n- three", "- one\n- two\n- three"],
  ["all of a short text", "Yes", "Yes, it is", "Yes, it is"],
  ["a short word that the language has twice", "I know that ", "that is so", "I know that that is so"],
  ["the end alone of what looks like a repetition", "no no no no", " no no", "no no no no no no"],
  [
    "repeated words without blanks",
    "今日はとても良い天気ですね",
    "とても良い天気ですね。",
    "今日はとても良い天気ですね。",
  ],
])("%s", (_, kept, next, whole) => {
  expect(joined(kept, [next])).toBe(whole);
  expect(joined(kept, Array.from(next))).toBe(whole);
});

test("a model that was asked to go on and repeats nothing begins a new word", () => {
  expect(joined("The answer is", ["7."], true)).toBe("The answer is 7.");
  expect(joined("The answer", [", he said,"], true)).toBe("The answer, he said,");
  expect(joined("答えは", ["七です"], true)).toBe("答えは七です");
});

test("wherever a text breaks off, its last words and the rest make the whole", () => {
  const word = fc.constantFrom(
    "one",
    "two",
    "three",
    "väter",
    "день",
    "日本",
    "🎉",
    "x",
    "**bold**",
    "`code`",
    "- item",
  );
  const blank = fc.constantFrom(" ", "\n", "\n\n", ", ");
  const text = fc.array(fc.tuple(word, blank), { minLength: 3, maxLength: 60 }).map((all) => all.flat().join(""));
  fc.assert(
    fc.property(text, fc.nat(), fc.integer({ min: 1, max: 9 }), (whole, where, size) => {
      const characters = Array.from(whole);
      const kept = characters.slice(0, 1 + (where % (characters.length - 1))).join("");
      if (kept.trim() === "") return;
      const words = lastWords(kept);
      // The model repeats the words as they stand in the text, with the blank after them.
      const next = Array.from(whole.slice(kept.trimEnd().length - words.length));
      const pieces = Array.from({ length: Math.ceil(next.length / size) }, (_, at) =>
        next.slice(at * size, (at + 1) * size).join(""),
      );
      expect(joined(kept, pieces, true)).toBe(whole);
    }),
  );
});

test("the words to repeat begin with a word, and are few", () => {
  expect(lastWords(`${"word ".repeat(100)}end `)).toMatch(/^(?: ?word){9,12} end$/);
  expect(lastWords("short")).toBe("short");
  expect(lastWords("x".repeat(100))).toBe("x".repeat(60));
});

test("it says by how much positions move, once that is known", () => {
  const seam = createSeam("a dark and stormy", { asked: true });
  expect([seam.push("dark and"), seam.shift()]).toEqual(["", undefined]);
  expect([seam.push(" stormy night"), seam.shift()]).toEqual([" night", -"dark and stormy".length]);
});
