import { createByteOffsets } from "./byte-offsets.ts";
import type { Support } from "./grounding.ts";
import { characterEnd, characterStart } from "../text/grapheme-borders.ts";

/** A reply's text as grounding counts it: by the parts in which it came. */
export type CitedText = Readonly<{
  /** A part that the model wrote, or more of it, stands from `start` on. */
  addText(start: number, length: number): void;
  /** A part that is no text of the reply. Thoughts that follow each other are one. */
  addOther(kind: "thought" | "other"): void;
  /**
   * Where in the text a support stands, by whole characters.
   *
   * @param text all of the reply so far, storable
   * @param isWhole whether no more comes: what reaches beyond the text is then cut
   * @returns null where it stands nowhere; undefined where it may stand in what is still to come
   */
  locate(support: Support, text: string, isWhole: boolean): Span | null | undefined;
}>;

/** A stretch of the reply's text, in UTF-16 code units. */
type Span = Readonly<{ start: number; end: number }>;

/** A text that is looked for has no more UTF-16 code units. */
const MAX_SOUGHT_LENGTH = 10_000;

export function createCitedText(): CitedText {
  const texts: { part: number; start: number; end: number }[] = [];
  const offsets = createByteOffsets();
  let parts = 0;
  let last: "text" | "thought" | "other" | undefined;

  const bytesOf = ({ start, end }: Span): number => offsets.bytesBefore(end) - offsets.bytesBefore(start);

  /** @returns undefined where these texts have fewer bytes */
  function spanIn(among: readonly Span[], { start, end }: Support): Span | undefined {
    let left = 0;
    let from: number | undefined;
    for (const text of among) {
      const first = offsets.bytesBefore(text.start);
      const size = bytesOf(text);
      if (from === undefined && start < left + size) from = offsets.unitAt(first + start - left);
      if (from !== undefined && end <= left + size) return { start: from, end: offsets.unitFrom(first + end - left) };
      left += size;
    }
    return undefined;
  }

  /** As far as these texts have it. */
  function cutSpanIn(among: readonly Span[], support: Support): Span | undefined {
    const size = among.reduce((sum, text) => sum + bytesOf(text), 0);
    return spanIn(among, { ...support, end: Math.min(support.end, size) });
  }

  return {
    addText(start, length) {
      const text = texts.at(-1);
      if (last === "text" && text) text.end = start + length;
      else texts.push({ part: parts++, start, end: start + length });
      last = "text";
    },
    addOther(kind) {
      if (kind === "other" || last !== "thought") parts += 1;
      last = kind;
    },
    locate(support, text, isWhole) {
      if (support.end <= support.start) return null;
      offsets.extend(text);
      const own = texts.filter(({ part }) => part === support.part);
      // Some answers count the bytes of the whole text, and thoughts are no part of some.
      const found = [own, texts].map((among) => spanIn(among, support)).filter((span) => span !== undefined);
      const exact = found.find(({ start, end }) => text.slice(start, end) === support.text);
      const at = exact ?? nearest(text, support.text, found[0]?.start ?? text.length) ?? found[0];
      if (at) return byCharacters(at, text);
      if (!isWhole) return undefined;
      const cut = cutSpanIn(own.length > 0 ? own : texts, support);
      return cut ? byCharacters(cut, text) : null;
    },
  };
}

function byCharacters({ start, end }: Span, text: string): Span | null {
  const span = { start: characterStart(text, start), end: characterEnd(text, end) };
  return span.end > span.start ? span : null;
}

/** Where the words stand that a support quotes, the nearest to where it says. */
function nearest(text: string, sought: string, at: number): Span | undefined {
  if (sought === "" || sought.length > MAX_SOUGHT_LENGTH) return undefined;
  const [before, after] = [text.lastIndexOf(sought, at), text.indexOf(sought, at)];
  if (before === -1 && after === -1) return undefined;
  const start = after === -1 || (before !== -1 && at - before <= after - at) ? before : after;
  return { start, end: start + sought.length };
}
