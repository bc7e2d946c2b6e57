import { expect, test } from "vitest";
import { BLANK, isBlank, trimBlanks } from "./blank.ts";

const ALL = Array.from({ length: 0x110000 - 1 }, (_, index) => index + 1).filter(
  (code) => code < 0xd800 || code > 0xdfff,
);

test("holds all that Unicode calls white space, control or ignorable", () => {
  const ignorable = /[\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}]/u;
  const blank = new RegExp(BLANK, "u");
  const missing = ALL.filter((code) => {
    const text = String.fromCodePoint(code);
    return ignorable.test(text) && !blank.test(text);
  });
  expect(missing.map((code) => code.toString(16))).toEqual([]);
});

test("holds nothing that is a letter, a digit, a mark or punctuation with a glyph", () => {
  const visible = /[\p{L}\p{N}\p{P}\p{S}\p{M}]/u;
  const invisible = /\p{Default_Ignorable_Code_Point}/u;
  const blank = new RegExp(BLANK, "u");
  const wrong = ALL.filter((code) => {
    const text = String.fromCodePoint(code);
    return blank.test(text) && visible.test(text) && !invisible.test(text);
  });
  // Named BLANK, FILLER, NULL or JOINER by Unicode.
  expect(wrong.map((code) => code.toString(16))).toEqual(
    ["2800", "13440", "13441", "13442", "13443", "13444", "13445", "13446", "16fe4", "1d159"].filter((hex) =>
      visible.test(String.fromCodePoint(parseInt(hex, 16))),
    ),
  );
});

test.each([
  ["zero width spaces", "\u200b\u200b"],
  ["blank Braille", "\u2800"],
  ["Hangul fillers", "\u3164\u115f\uffa0"],
  ["soft hyphens", "\u00ad"],
  ["marks of direction", "\u200e\u202e\u2069\u061c"],
  ["variation selectors", "\ufe0f\u{e0100}"],
  ["tags", "\u{e0041}\u{e007f}"],
  ["a byte order mark in an empty line", "\ufeff\r\n"],
  ["a null notehead", "\u{1d159}"],
  ["nothing", ""],
])("%s are blank", (_, text) => {
  expect(isBlank(text)).toBe(true);
});

test.each([".", "\u0301", "\u0600", "❤\ufe0f", "\u{1f3f4}", "\ufffd", "﷽", "\ue000", "١"])("%j is seen", (text) => {
  expect(isBlank(` ${text}\u200b`)).toBe(false);
});

test("blanks are taken from both ends, and not from a glyph that they belong to", () => {
  const wales = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}";
  for (const text of ["a\u200bb", "❤\ufe0f", wales, "\u845b\u{e0100}"])
    expect(trimBlanks(`\u200b \u3164\ufe0f${text} \u2800\ufe0f`)).toBe(text);
});
