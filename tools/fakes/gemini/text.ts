export type NumberedText = Readonly<{
  /** How many chunks, at most 100,000. */
  chunks: number;
  /** UTF-16 code units a chunk, exactly; 24 by default. */
  size?: number | undefined;
  /** Emoji and other scripts; a chunk may then end in the middle of a surrogate pair. */
  unicode?: boolean | undefined;
}>;

const MAX_UNITS = 10_000_000;
const PLAIN = ["amber", "birch", "cloud", "delta", "ember", "fjord", "grove", "harbor", "iris", "juniper"];
const UNICODE = ["山", "река", "🌊", "שלום", "👩‍🚀", "नदी", "été", "🇯🇵", "中文", "😀"];

/**
 * A long reply that a test can compute again: words with a running number, so that a gap, a repetition or a wrong order
 * shows at once. The same options give the same chunks.
 *
 * @throws {RangeError} for sizes that are no whole number above zero, or together above ten million code units
 */
export function numberedChunks({ chunks, size = 24, unicode = false }: NumberedText): string[] {
  if (!Number.isInteger(chunks) || !Number.isInteger(size) || chunks < 1 || size < 1 || chunks > 100_000) {
    throw new RangeError("chunks and size must be whole numbers above 0, chunks at most 100000");
  }
  if (chunks * size > MAX_UNITS) throw new RangeError(`the text would be longer than ${MAX_UNITS} code units`);
  const text = numberedWords(chunks * size, unicode ? UNICODE : PLAIN);
  return Array.from({ length: chunks }, (_, index) => text.slice(index * size, (index + 1) * size));
}

/** The whole text of `numberedChunks`. */
export function numberedText(options: NumberedText): string {
  return numberedChunks(options).join("");
}

/** Words in groups of two to four, as a model streams them; joined they are the text again. */
export function wordGroups(text: string): string[] {
  const words = text.match(/\s*\S+\s*/g) ?? (text === "" ? [] : [text]);
  const groups: string[] = [];
  for (let at = 0; at < words.length;) {
    const count = 2 + (groups.length % 3);
    groups.push(words.slice(at, at + count).join(""));
    at += count;
  }
  return groups;
}

function numberedWords(length: number, words: readonly string[]): string {
  const parts: string[] = [];
  for (let number = 1, size = 0; size < length; number += 1) {
    const word = `${number}-${words[number % words.length] ?? ""} `;
    parts.push(word);
    size += word.length;
  }
  return parts.join("").slice(0, length);
}
