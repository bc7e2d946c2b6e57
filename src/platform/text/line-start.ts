import { trimBlanks } from "./blank.ts";
import { firstCharacters } from "./characters.ts";
import { toOneLine } from "./text.ts";

/** Code units that are read for each character of a line: a grapheme may have any number of them. */
const UNITS_A_CHARACTER = 8;
const CUT = "…";

/**
 * The start of a text as one line. A line that is cut ends with "…", behind a whole word where one ends in its second half.
 *
 * @param max characters as a reader counts them (grapheme clusters), the "…" included
 * @returns an empty text where there is nothing to see
 */
export function lineStart(text: string, max: number): string {
  const begun = text.trimStart();
  const read = begun.slice(0, max * UNITS_A_CHARACTER);
  const characters = firstCharacters(trimBlanks(toOneLine(read)), max + 1);
  // The last one may have been cut.
  if (read.length < begun.length && characters.length > 1) characters.pop();
  if (read.length === begun.length && characters.length <= max) return characters.join("");
  const start = characters.slice(0, max - CUT.length).join("");
  const wordEnd = start.lastIndexOf(" ");
  const whole = trimBlanks(wordEnd >= start.length / 2 ? start.slice(0, wordEnd) : start);
  return whole === "" ? "" : whole + CUT;
}
