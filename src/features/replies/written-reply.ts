import {
  MAX_ACTIVITIES,
  MAX_ACTIVITIES_BYTES,
  MAX_ACTIVITY_BYTES,
  MAX_THOUGHT_BYTES,
  type Activity,
  type Citation,
  type NewActivity,
} from "../../platform/gemini/activity.ts";
import { startWithin } from "../../platform/text/start-within.ts";
import { MAX_BYTES, NOTHING_WRITTEN, type Written } from "./live-text.ts";

/** What a model gives at once. */
export type Addition = Readonly<{ text: string; thought?: string; activities?: readonly NewActivity[] }>;

/** All that an attempt has been given, up to the limits of a live text. */
export type WrittenReply = Written &
  Readonly<{
    /** The text has reached its limit: nothing is taken any more. */
    isFull: boolean;
    /** @returns what of the texts was taken */
    add(addition: Addition): Readonly<{ text: string; thought: string }>;
  }>;

/** @param begun what an attempt before has left: what is added counts its positions from the end of it */
export function createWrittenReply(begun: Written = NOTHING_WRITTEN): WrittenReply {
  let { text, thought } = begun;
  const activities: Activity[] = [...begun.activities];
  /** Of each, in UTF-8. */
  const bytes = {
    text: Buffer.byteLength(text),
    thought: Buffer.byteLength(thought),
    activities: activities.length === 0 ? 0 : Buffer.byteLength(JSON.stringify(activities)),
  };
  let textIsFull = false;
  let thoughtIsFull = false;
  let activitiesAreFull = false;

  function addText(more: string): string {
    const fitting = startWithin(more, MAX_BYTES - bytes.text);
    text += fitting;
    bytes.text += Buffer.byteLength(fitting);
    textIsFull = fitting.length < more.length;
    return fitting;
  }

  /** A reply goes on without the thoughts that are too many. */
  function addThought(more: string): string {
    if (thoughtIsFull || more === "") return "";
    const fitting = startWithin(more, MAX_THOUGHT_BYTES - bytes.thought);
    thought += fitting;
    bytes.thought += Buffer.byteLength(fitting);
    thoughtIsFull = fitting.length < more.length;
    return fitting;
  }

  /** The last activity that may be is the word that there were more. */
  function addActivity(given: NewActivity): void {
    if (activitiesAreFull) return;
    const activity = withinBounds(after(begun, given), activities.length, { text, thought });
    const size = Buffer.byteLength(JSON.stringify(activity));
    bytes.activities += size;
    activitiesAreFull = activities.length === MAX_ACTIVITIES - 1 || bytes.activities > MAX_ACTIVITIES_BYTES;
    if (activitiesAreFull) activities.push(leftOut(activity, { what: "MORE", bytes: null }));
    else if (size > MAX_ACTIVITY_BYTES) activities.push(leftOut(activity, { what: activity.kind, bytes: size }));
    else activities.push(activity);
  }

  return {
    get text() {
      return text;
    },
    get thought() {
      return thought;
    },
    get isFull() {
      return textIsFull;
    },
    activities,
    add(addition) {
      if (textIsFull) return { text: "", thought: "" };
      const taken = { text: addText(addition.text), thought: addThought(addition.thought ?? "") };
      addition.activities?.forEach(addActivity);
      return taken;
    },
  };
}

/** The activity with its positions in the whole. */
function after({ text, thought }: Written, given: NewActivity): NewActivity {
  const activity = { ...given, at: given.at + text.length };
  switch (activity.kind) {
    case "THOUGHT": {
      const { thoughtStart, thoughtEnd } = activity;
      return { ...activity, thoughtStart: thoughtStart + thought.length, thoughtEnd: thoughtEnd + thought.length };
    }
    case "CITATIONS": {
      const moved = ({ start, end, sources }: Citation) => ({
        start: start + text.length,
        end: end + text.length,
        sources,
      });
      return { ...activity, citations: activity.citations.map(moved) };
    }
    default:
      return activity;
  }
}

/** A position is one in the text that was kept. */
function withinBounds(given: NewActivity, seq: number, { text, thought }: Omit<Written, "activities">): Activity {
  const at = Math.min(given.at, text.length);
  const activity = { ...given, seq, at, noteLength: Math.min(given.noteLength, text.length - at) };
  if (activity.kind !== "THOUGHT" || activity.thoughtEnd <= thought.length) return activity;
  const thoughtStart = Math.min(activity.thoughtStart, thought.length);
  return { ...activity, thoughtStart, thoughtEnd: thought.length, cut: true };
}

const leftOut = (
  { seq, at, noteLength }: Activity,
  { what, bytes }: { what: string; bytes: number | null },
): Activity => ({ seq, at, noteLength, kind: "UNSUPPORTED", what, mimeType: null, bytes });
