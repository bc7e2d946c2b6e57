const SEGMENTER = new Intl.Segmenter("und", { granularity: "grapheme" });
/** How much of a text is looked at to either side, in UTF-16 code units; no character that people write is as long. */
const WINDOW = 256;

/** The beginning of the grapheme at this offset. */
export function characterStart(text: string, at: number): number {
  return characterAt(text, at)?.start ?? at;
}

/** The offset itself if a grapheme begins or ends there, else the end of the one that it would cut. */
export function characterEnd(text: string, at: number): number {
  const character = characterAt(text, at);
  return character === undefined || character.start === at ? at : character.end;
}

function characterAt(text: string, at: number): { start: number; end: number } | undefined {
  if (at <= 0 || at >= text.length) return undefined;
  const from = Math.max(0, at - WINDOW);
  const found = SEGMENTER.segment(text.slice(from, at + WINDOW)).containing(at - from);
  return found && { start: from + found.index, end: from + found.index + found.segment.length };
}
