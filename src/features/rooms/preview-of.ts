import { Prisma } from "../../generated/prisma/client.ts";
import { BLANK_IN_SQL, trimBlanks } from "../../platform/text/blank.ts";
import { firstCharacters, isPlain } from "../../platform/text/characters.ts";
import { toOneLine } from "../../platform/text/text.ts";

/** Longest preview, in characters as a reader counts them (grapheme clusters). */
export const PREVIEW_LENGTH = 140;
/** Code points of a message that are read for a preview: a grapheme may have any number of them. */
const PREVIEWED_LENGTH = PREVIEW_LENGTH * 4;

const LEADING_BLANKS = `^${BLANK_IN_SQL}+`;
const ONLY_BLANKS = `^${BLANK_IN_SQL}*$`;

/**
 * The beginning of a text behind its blanks, as an expression that `previewOf` takes; null for a text of blanks alone.
 * Only a text that begins with many blanks is read to its end.
 *
 * @param column such as `"leaf"."content"`
 */
export function beginningSql(column: string): Prisma.Sql {
  const content = Prisma.raw(column);
  const start = Prisma.sql`left(${content}, ${PREVIEWED_LENGTH}::int)`;
  const behind = Prisma.sql`left(regexp_replace(${content}, ${LEADING_BLANKS}, ''), ${PREVIEWED_LENGTH}::int)`;
  return Prisma.sql`nullif(CASE WHEN ${start} ~ ${ONLY_BLANKS} THEN ${behind} ELSE ${start} END, '')`;
}

/**
 * What a list shows of a message: one line of whole characters.
 *
 * @param beginning what `beginningSql` gives
 */
export function previewOf(beginning: string): string {
  const start = beginning.slice(0, PREVIEW_LENGTH + 1);
  // Most are, and a page has many: then nothing is to be joined, dropped or counted.
  if (isPlain(start) && !start.startsWith(" ") && !start.includes("  "))
    return start.slice(0, PREVIEW_LENGTH).trimEnd();
  const isCut = beginning.length >= PREVIEWED_LENGTH && Array.from(beginning).length >= PREVIEWED_LENGTH;
  const line = trimBlanks(toOneLine(beginning));
  if (line.length > PREVIEW_LENGTH && isPlain(line.slice(0, PREVIEW_LENGTH + 1)))
    return trimBlanks(line.slice(0, PREVIEW_LENGTH));
  const all = firstCharacters(line, PREVIEW_LENGTH + 1);
  // The last one may have been cut.
  const whole = isCut && all.length > 1 ? all.slice(0, -1) : all;
  return trimBlanks(whole.slice(0, PREVIEW_LENGTH).join(""));
}
