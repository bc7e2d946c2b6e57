import { MAX_ACTIVITIES, MAX_ACTIVITIES_BYTES, MAX_ACTIVITY_BYTES, type NewActivity } from "./activity.ts";
import { unsupported } from "./parts.ts";
import { hasLoneSurrogate } from "../text/text.ts";

/** The activities of one reply, within their limits. */
export type ActivityList = Readonly<{
  /** @returns its index; null for one beyond the limits */
  add(activity: NewActivity): number | null;
  /** Those that were added since the last call. */
  take(): NewActivity[];
}>;

/** Stands at the end of a text that is too long for an activity. */
const CUT = "\n[the rest left out]";
/** What an activity has beside its longest text, as JSON. */
const OTHER_BYTES = 512;

export function createActivityList(): ActivityList {
  let count = 0;
  let bytes = 0;
  let full = false;
  let added: NewActivity[] = [];

  return {
    add(activity) {
      if (full) return null;
      const fitting = withinLimit(activity);
      bytes += jsonBytes(fitting);
      full = count === MAX_ACTIVITIES - 1 || bytes > MAX_ACTIVITIES_BYTES - OTHER_BYTES;
      added.push(full ? { at: activity.at, noteLength: activity.noteLength, ...unsupported("MORE") } : fitting);
      count += 1;
      return full ? null : count - 1;
    },
    take() {
      const taken = added;
      added = [];
      return taken;
    },
  };
}

function withinLimit(activity: NewActivity): NewActivity {
  switch (activity.kind) {
    case "CODE":
      return { ...activity, code: cutTo(MAX_ACTIVITY_BYTES - OTHER_BYTES, activity.code) };
    case "CODE_RESULT":
      return { ...activity, output: cutTo(MAX_ACTIVITY_BYTES - OTHER_BYTES, activity.output) };
    case "THOUGHT":
    case "SEARCH":
    case "CITATIONS":
    case "UNSUPPORTED":
      return activity;
  }
}

/** The text, or as much of it as has so many bytes in JSON, and that it was cut. */
function cutTo(limit: number, text: string): string {
  if (jsonBytes(text) <= limit) return text;
  let fits = 0;
  let tooMany = Math.min(text.length, limit);
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (jsonBytes(text.slice(0, middle)) + CUT.length + 1 <= limit) fits = middle;
    else tooMany = middle;
  }
  const start = text.slice(0, fits);
  return (hasLoneSurrogate(start) ? start.slice(0, -1) : start) + CUT;
}

/**
 * Puts a list apart into lists of so many bytes in JSON.
 *
 * @param items none of which has more by itself
 */
export function* inBatches<Item>(items: readonly Item[], limit: number): Generator<Item[], void, undefined> {
  let batch: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = jsonBytes(item) + 1;
    if (batch.length > 0 && bytes + size > limit) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
