/**
 * Code points that show no glyph, by their hexadecimal ranges: white space, controls, default ignorables (Unicode's
 * `Default_Ignorable_Code_Point`), and the few others that fonts leave empty, such as the blank Braille pattern. U+0000 is
 * missing, because PostgreSQL has no such character.
 */
const RANGES = [
  ["0001", "0020"],
  ["007F", "00A0"],
  ["00AD"],
  ["034F"],
  ["061C"],
  ["115F", "1160"],
  ["1680"],
  ["17B4", "17B5"],
  ["180B", "180F"],
  ["2000", "200F"],
  ["2028", "202F"],
  ["205F", "206F"],
  ["2800"],
  ["3000"],
  ["3164"],
  ["FE00", "FE0F"],
  ["FEFF"],
  ["FFA0"],
  ["FFF0", "FFFB"],
  ["FFFE", "FFFF"],
  ["13430", "13440"],
  ["13441", "13446"],
  ["16FE4"],
  ["1BCA0", "1BCA3"],
  ["1D159"],
  ["1D173", "1D17A"],
  ["E0000", "E0FFF"],
] as const;

const classOf = (escape: (hex: string) => string): string =>
  `[${RANGES.map((range) => range.map(escape).join("-")).join("")}]`;

/** One blank, for a regular expression with the flag `u`. */
export const BLANK = classOf((hex) => `\\u{${hex}}`);

/** One blank, for a regular expression of PostgreSQL. */
export const BLANK_IN_SQL = classOf((hex) => `\\U${hex.padStart(8, "0")}`);

const ONLY_BLANKS = new RegExp(`^${BLANK}*$`, "u");
const LEADING_BLANKS = new RegExp(`^${BLANK}+`, "u");
/** Variation selectors and tags belong to the glyph before them: the flag of Wales ends with a tag. */
const ATTACHED = /^(?:\p{Variation_Selector}|[\u{E0020}-\u{E007F}])$/u;

/** Whether a reader sees nothing of a text. */
export const isBlank = (text: string): boolean => ONLY_BLANKS.test(text);

/** Removes blanks from both ends. */
export function trimBlanks(text: string): string {
  const begun = text.replace(LEADING_BLANKS, "");
  let end = begun.length;
  while (isBlank(characterBefore(begun, end)) && end > 0) end -= characterBefore(begun, end).length;
  while (ATTACHED.test(characterAt(begun, end))) end += characterAt(begun, end).length;
  return begun.slice(0, end);
}

/** The code point at this offset; empty at the end. */
const characterAt = (text: string, at: number): string => {
  const code = text.codePointAt(at);
  return code === undefined ? "" : String.fromCodePoint(code);
};

/** The code point that ends at this offset; empty at the beginning. */
const characterBefore = (text: string, end: number): string => {
  const pair = characterAt(text, end - 2);
  return pair.length === 2 ? pair : text.slice(end - 1, end);
};
