/** A page that the model has read. */
export type Source = Readonly<{ title: string | null; uri: string }>;

/** Which stretch of a reply's text rests on which sources. Offsets are UTF-16 code units of the whole text. */
export type Citation = Readonly<{ start: number; end: number; sources: readonly Source[] }>;

/** What the model did beside writing. */
export type ActivityDetail =
  /** A stretch of thinking that has ended; the offsets are UTF-16 code units of all thoughts. `cut`: it had more. */
  | { kind: "THOUGHT"; thoughtStart: number; thoughtEnd: number; durationMs: number; cut: boolean }
  /** `suggestionsHtml` is Google's, which wants it shown as it is. */
  | { kind: "SEARCH"; queries: readonly string[]; suggestionsHtml: string | null; sources: readonly Source[] }
  | { kind: "CODE"; language: string; code: string }
  | { kind: "CODE_RESULT"; outcome: string; output: string }
  | { kind: "CITATIONS"; citations: readonly Citation[] }
  /** What the model gave and nobody can show yet. */
  | { kind: "UNSUPPORTED"; what: string; mimeType: string | null; bytes: number | null };

/**
 * `at` is where in the reply's text it stands; `noteLength` is the length of the note that stands for it there, with the
 * blank lines before it. Both are UTF-16 code units.
 */
export type NewActivity = Readonly<{ at: number; noteLength: number } & ActivityDetail>;

/** One in the list of a reply's activities, which only grows; `seq` is its index. */
export type Activity = Readonly<{ seq: number }> & NewActivity;

/** Thoughts of a reply that are kept, in bytes of UTF-8. */
export const MAX_THOUGHT_BYTES = 200 * 1024;
/** Activities of a reply that are kept. The last is then one of `UNSUPPORTED`, called `MORE`. */
export const MAX_ACTIVITIES = 500;
/** One activity as JSON, in bytes of UTF-8. */
export const MAX_ACTIVITY_BYTES = 256 * 1024;
/** All activities of a reply as JSON, in bytes of UTF-8; beyond it they end like those that are too many. */
export const MAX_ACTIVITIES_BYTES = 1024 * 1024;
