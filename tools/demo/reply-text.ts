/** Where a reader stands in a reply. */
type Position = Readonly<{ attempt: number; offset: number }>;

/** A reply as it grows, put together by the rule in the schema's description of `ReplyChunk`. */
export type ReplyText = Readonly<{
  position(): Position;
  /**
   * Takes in a chunk.
   *
   * @returns the text that is new; `restarted` when a later attempt voids what there was
   */
  take(chunk: Position & Readonly<{ text: string }>): { added: string; restarted: boolean };
}>;

export function createReplyText(): ReplyText {
  let attempt = 0;
  let text = "";

  return {
    position: () => ({ attempt, offset: text.length }),
    take(chunk) {
      const restarted = chunk.attempt > attempt && text !== "";
      if (chunk.attempt > attempt) text = "";
      attempt = chunk.attempt;
      const known = text.length;
      text = text.slice(0, chunk.offset) + chunk.text;
      return { added: text.slice(known), restarted };
    },
  };
}
