import { z } from "zod";
import type { Activity } from "../../platform/gemini/activity.ts";

const Source = z.object({ title: z.string().nullable(), uri: z.string() });
const Citation = z.object({ start: z.int(), end: z.int(), sources: z.array(Source) });
const Place = z.object({ seq: z.int(), at: z.int(), noteLength: z.int() });

const KnownActivity = z.discriminatedUnion("kind", [
  Place.extend({
    kind: z.literal("THOUGHT"),
    thoughtStart: z.int(),
    thoughtEnd: z.int(),
    durationMs: z.number(),
    cut: z.boolean(),
  }),
  Place.extend({
    kind: z.literal("SEARCH"),
    queries: z.array(z.string()),
    suggestionsHtml: z.string().nullable(),
    sources: z.array(Source),
  }),
  Place.extend({ kind: z.literal("CODE"), language: z.string(), code: z.string() }),
  Place.extend({ kind: z.literal("CODE_RESULT"), outcome: z.string(), output: z.string() }),
  Place.extend({ kind: z.literal("CITATIONS"), citations: z.array(Citation) }),
  Place.extend({
    kind: z.literal("UNSUPPORTED"),
    what: z.string(),
    mimeType: z.string().nullable(),
    bytes: z.number().nullable(),
  }),
]);

/** One that a process of another version wrote: it keeps its place in the list, and says that it is not known here. */
const UnknownActivity = Place.extend({ kind: z.string() }).transform(({ kind, ...place }) => {
  const what = { kind: "UNSUPPORTED" as const, what: kind, mimeType: null, bytes: null };
  return Object.assign(place, what);
});

/** An activity as another process wrote it, checked. */
export const AnyActivity: z.ZodType<Activity> = KnownActivity.or(UnknownActivity);

/** @throws {ZodError} for what is no list of activities, which no version writes */
export const readActivities = (stored: readonly string[]): Activity[] =>
  stored.map((activity) => AnyActivity.parse(JSON.parse(activity)));
