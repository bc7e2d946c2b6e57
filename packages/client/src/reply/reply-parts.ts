import { addChunk, NO_TEXT, positionOf, type Chunk, type ReplyText } from "./reply-text.ts";

/** Something that the model did beside writing, as far as `partsOf` needs to know it. */
export type Activity<Part = unknown> = Readonly<{
  /** Where in the text it stands; a note of so many code units stands for it there. */
  at: number;
  noteLength: number;
  /** Of a stretch of thinking that has ended, where in the thoughts it ends. */
  thoughtEnd: number | null;
  /** Null of what is no part, such as citations. */
  part: Part | null;
}>;

/** A reply with what the model thinks and does beside writing. */
export type ReplyInParts<Message = unknown, Act extends Activity = Activity> = ReplyText<Message> &
  Readonly<{ thought: string; activities: readonly Act[]; waitingFor: string | null }>;

export type ChunkInParts<Message = unknown, Act extends Activity = Activity> = Chunk<Message> &
  Readonly<{
    thought: Readonly<{ offset: number; text: string }> | null;
    activity: number;
    activities: readonly Act[];
    /** What a reply that has not begun waits for. */
    waitingFor?: string | null;
  }>;

export const NO_PARTS: ReplyInParts<never, never> = { ...NO_TEXT, thought: "", activities: [], waitingFor: null };

/**
 * The rule by which chunks become a text, its thoughts and its activities: all three only grow, and begin anew with a
 * higher attempt.
 *
 * @throws {RangeError} for a chunk that leaves a hole
 */
export function addPartsChunk<Message, Act extends Activity>(
  reply: ReplyInParts<Message, Act>,
  chunk: ChunkInParts<Message, Act>,
): ReplyInParts<Message, Act> {
  const { thought, activities } = chunk.attempt > reply.attempt ? { thought: "", activities: [] } : reply;
  const from = chunk.thought?.offset ?? 0;
  if (from > thought.length || chunk.activity > activities.length) {
    throw new RangeError("A chunk does not follow the thoughts or activities so far");
  }
  return {
    ...addChunk(reply, chunk),
    thought: chunk.thought ? thought.slice(0, from) + chunk.thought.text : thought,
    activities: [...activities.slice(0, chunk.activity), ...chunk.activities],
    waitingFor: chunk.waitingFor ?? null,
  };
}

/** The arguments of `replyStream` that go on where this reply ends. */
export const positionOfParts = (reply: ReplyInParts) => ({
  ...positionOf(reply),
  thoughtOffset: reply.thought.length,
  activity: reply.activities.length,
});

/** Stands between a note and the text after it. */
const GAP = "\n\n";

/**
 * What to show, in order: text, thoughts, and the activities' parts in place of their notes. The same as the `parts` of the
 * finished message.
 */
export function partsOf<Part>({
  text,
  thought,
  activities,
}: Readonly<{ text: string; thought: string; activities: readonly Activity<Part>[] }>): Shown<Part>[] {
  const shown: Shown<Part>[] = [];
  let at = 0;
  let noteEnd = -1;
  let thoughtEnd = 0;

  function showText(end: number): void {
    const piece = text.slice(at, end);
    const own = at === noteEnd && piece.startsWith(GAP) ? piece.slice(GAP.length) : piece;
    if (own !== "") shown.push({ text: own });
    at = Math.max(at, end);
  }

  for (const activity of activities) {
    if (activity.part === null) continue;
    showText(Math.min(activity.at, text.length));
    if (activity.noteLength > 0) noteEnd = at = Math.min(at + activity.noteLength, text.length);
    if (activity.thoughtEnd === null) shown.push({ part: activity.part });
    else {
      shown.push({ thought: thought.slice(thoughtEnd, activity.thoughtEnd), part: activity.part });
      thoughtEnd = activity.thoughtEnd;
    }
  }
  showText(text.length);
  // What it thinks just now, or thought when it was interrupted.
  if (thought.length > thoughtEnd) shown.push({ thought: thought.slice(thoughtEnd), part: null });
  return shown;
}

/** A text, a stretch of thoughts (`part` says how long they took, once they have ended), or something else. */
export type Shown<Part> =
  | Readonly<{ text: string }>
  | Readonly<{ thought: string; part: Part | null }>
  | Readonly<{ part: Part }>;
