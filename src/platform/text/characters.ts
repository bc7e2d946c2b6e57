const SEGMENTER = new Intl.Segmenter("und", { granularity: "grapheme" });

/** Letters, digits, signs and ideographs that join no other, so that each of them is a character as a reader counts. */
const SINGLE =
  /^[ -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u2010-\u2027\u3001-\u3029\u3041-\u3096\u30a0-\u30ff\u4e00-\u9fff\uac00-\ud7a3]*$/;

/** Whether each UTF-16 code unit of a text is a character, as far as it is known without looking it up. */
export const isPlain = (text: string): boolean => SINGLE.test(text);

/**
 * The first characters of a text, as a reader counts them (grapheme clusters).
 *
 * @param count how many, at most; with one more than is shown, none that is shown is torn from what belongs to it
 */
export function firstCharacters(text: string, count: number): string[] {
  const start = text.slice(0, count);
  // Intl's segmenter takes a microsecond and more for each of them.
  if (isPlain(start)) return start.split("");
  const found: string[] = [];
  for (const { segment } of SEGMENTER.segment(text)) if (found.push(segment) === count) break;
  return found;
}
