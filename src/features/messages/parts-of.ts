import {
  MAX_THOUGHT_BYTES,
  type Activity,
  type ActivityDetail,
  type Citation,
  type Source,
} from "../../platform/gemini/activity.ts";

/** What a message consists of: of a reply, as the model gave it; of the user's, its text. */
export type MessageContent = Readonly<{ content: string; thought: string; activities: readonly Activity[] }>;

/** `durationMs` is null if the thinking was interrupted; `truncated` means that there was more. */
export type ThoughtPart = Readonly<{ kind: "THOUGHT"; text: string; durationMs: number | null; truncated: boolean }>;

/** An activity as a part of the message. */
type OtherPart = Readonly<Exclude<ActivityDetail, { kind: "THOUGHT" | "CITATIONS" }>>;

export type MessagePart = Readonly<{ kind: "TEXT"; text: string }> | ThoughtPart | OtherPart;

/** Stands between a note and the text after it, unless the text begins with a line end of its own. */
const GAP = "\n\n";

/** A stretch of `content`, in UTF-16 code units. */
type Span = Readonly<{ start: number; end: number }>;
type ShownActivity = Exclude<Activity, { kind: "CITATIONS" }>;

/**
 * The parts of a message, in order. The text is cut where something else stands, and goes without the notes that stand for
 * it in `content`. Thoughts that no activity closes are those of a reply that was interrupted, or is being written.
 *
 * A program that follows a reply while it is written makes its parts in the same way. Activities may be ahead of the text.
 */
export function partsOf(message: MessageContent): MessagePart[] {
  const { content, thought } = message;
  let thoughtEnd = 0;
  const parts = layoutOf(message).map((item): MessagePart => {
    if (!("kind" in item)) return { kind: "TEXT", text: content.slice(item.start, item.end) };
    if (item.kind === "THOUGHT") thoughtEnd = Math.max(thoughtEnd, item.thoughtEnd);
    return partFor(item, thought);
  });
  const open = thought.slice(thoughtEnd);
  if (open !== "") parts.push({ kind: "THOUGHT", text: open, durationMs: null, truncated: isCut(thought) });
  return parts;
}

/** What a message consists of, in order: the stretches of its text that are no notes, and what stands between them. */
export function layoutOf({ content, activities }: Omit<MessageContent, "thought">): (Span | ShownActivity)[] {
  const items: (Span | ShownActivity)[] = [];
  let at = 0;
  let noteEnd = -1;

  function readTo(end: number): void {
    const gap = at === noteEnd && end - at >= GAP.length && content.startsWith(GAP, at);
    const start = gap ? at + GAP.length : at;
    if (end > start) items.push({ start, end });
    at = Math.max(at, end);
  }

  for (const activity of activities) {
    if (activity.kind === "CITATIONS") continue;
    readTo(Math.min(activity.at, content.length));
    if (activity.noteLength > 0) noteEnd = at = Math.min(at + activity.noteLength, content.length);
    items.push(activity);
  }
  readTo(content.length);
  return items;
}

/** What an activity is among the parts. */
export function partFor(activity: ShownActivity, thought: string): MessagePart {
  if (activity.kind !== "THOUGHT") {
    const { seq: _seq, at: _at, noteLength: _noteLength, ...part } = activity;
    return part;
  }
  const { thoughtStart, thoughtEnd, durationMs, cut } = activity;
  return { kind: "THOUGHT", text: thought.slice(thoughtStart, thoughtEnd), durationMs, truncated: cut };
}

/** Thoughts are cut after a whole character, which has four bytes at most. */
const isCut = (thought: string): boolean => Buffer.byteLength(thought) > MAX_THOUGHT_BYTES - 4;

/** The citations of a reply, in the order of its text; those of the same stretch are one. */
export function citationsOf(activities: readonly Activity[]): Citation[] {
  const all = new Map<string, { start: number; end: number; sources: Map<string, Source> }>();
  for (const activity of activities) {
    for (const { start, end, sources } of activity.kind === "CITATIONS" ? activity.citations : []) {
      const key = `${start} ${end}`;
      const known = all.get(key) ?? { start, end, sources: new Map<string, Source>() };
      all.set(key, known);
      for (const source of sources) known.sources.set(source.uri, known.sources.get(source.uri) ?? source);
    }
  }
  return [...all.values()]
    .map(({ start, end, sources }) => ({ start, end, sources: [...sources.values()] }))
    .toSorted((one, other) => one.start - other.start || one.end - other.end);
}
