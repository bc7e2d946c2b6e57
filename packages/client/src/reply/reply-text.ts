/** What is known of a reply while it is written. Start with `NO_TEXT`; the values are never changed, only replaced. */
export type ReplyText<Message = unknown> = Readonly<{
  /** Which attempt at the reply the text is from; 0 before the first chunk. */
  attempt: number;
  text: string;
  status: string | null;
  /** The finished reply; null while there is more to come. */
  message: Message | null;
}>;

/** The fields of a `ReplyChunk` that the text is made from. */
export type Chunk<Message = unknown> = Readonly<{
  attempt: number;
  offset: number;
  text: string;
  status: string;
  message?: Message | null;
}>;

export const NO_TEXT: ReplyText<never> = { attempt: 0, text: "", status: null, message: null };

/**
 * The rule by which chunks become a text; fit for React's `useReducer` and for urql's `useSubscription` as it is.
 *
 * @throws {RangeError} for a chunk that leaves a hole: one before it was lost, or the subscription did not start at
 *   `positionOf(reply)`
 */
export function addChunk<Message>(reply: ReplyText<Message>, chunk: Chunk<Message>): ReplyText<Message> {
  const { attempt, offset, status, message = null } = chunk;
  // A later attempt writes another text: nothing of the one before it holds.
  const known = attempt > reply.attempt ? "" : reply.text;
  if (offset > known.length) throw new RangeError(`The chunk stands at ${offset}, the text ends at ${known.length}`);
  return { attempt, text: known.slice(0, offset) + chunk.text, status, message };
}

/** The arguments of `replyStream` that go on where this text ends. Offsets count UTF-16 code units, as `length` does. */
export function positionOf(reply: ReplyText): { attempt: number; offset: number } {
  return { attempt: reply.attempt, offset: reply.text.length };
}
