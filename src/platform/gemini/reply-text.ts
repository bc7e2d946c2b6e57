/** The text of one reply, as it grows. A piece is what a call adds to it; it need not be storable. */
export type ReplyText = Readonly<{
  writeText(text: string): string;
  /** Puts a note in a paragraph of its own; nothing after the same note. */
  writeNote(name: string): string;
  /** UTF-16 code units so far. */
  length(): number;
}>;

/**
 * Makes one text of what a model gives. Where it gives something else than text, a note such as `[image/png left out]` is
 * a paragraph of its own; one like the note before is not repeated, as a function call comes in many parts.
 */
export function createReplyText(): ReplyText {
  let length = 0;
  /** The text's last two characters. */
  let tail = "";
  /** The note that stands last. */
  let note = "";

  function write(text: string): string {
    tail = (tail + text).slice(-2);
    length += text.length;
    return text;
  }

  return {
    writeText(text) {
      if (text === "") return "";
      const gap = note === "" || text.startsWith("\n") ? "" : "\n\n";
      note = "";
      return write(gap + text);
    },
    writeNote(name) {
      const next = `[${name} left out]`;
      if (next === note) return "";
      const gap = tail === "" || tail === "\n\n" ? "" : tail.endsWith("\n") ? "\n" : "\n\n";
      note = next;
      return write(gap + next);
    },
    length: () => length,
  };
}
