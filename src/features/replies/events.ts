import { z } from "zod";
import type { Topic } from "../../platform/redis/pubsub.ts";
import { AnyActivity } from "../messages/read-activities.ts";

/** What is published while a reply is written. Offsets and lengths count UTF-16 code units. */
export const LiveTextWire = z.discriminatedUnion("kind", [
  /** `text` stands at `offset` of that attempt's text; offset 0 opens an attempt. */
  z.object({
    kind: z.literal("text"),
    attempt: z.int(),
    offset: z.int(),
    text: z.string(),
    /** Of the job that writes it, with the first pieces and while traces are on. */
    trace: z.string().optional(),
    /** The same step has thoughts or activities, which come next on `livePartsTopic`. Readers of the text alone ignore it. */
    withParts: z.literal(true).optional(),
  }),
  /**
   * Read the database again: the attempt has ended, or what the reply waits for has changed. Releases before this one
   * publish it as `ended`, which is read for one release more. Deploy APIs before workers: an API of the release before
   * drops `changed`, and notices the end of a reply only with its next check.
   */
  z.object({ kind: z.enum(["changed", "ended"]).transform(() => "changed" as const), attempt: z.int() }),
]);
export type LiveTextWire = z.infer<typeof LiveTextWire>;

/** Channel of one reply's live text; the key is the reply's id. */
export const liveTextTopic: Topic<LiveTextWire> = { name: (replyId) => `reply:live:${replyId}`, payload: LiveTextWire };

const LivePartsWire = z.object({
  kind: z.literal("parts"),
  attempt: z.int(),
  /** `thought` stands at `thoughtOffset` of that attempt's thoughts. */
  thoughtOffset: z.int(),
  thought: z.string(),
  /** `activities` follow that many. */
  activity: z.int(),
  activities: z.array(AnyActivity).readonly(),
});
export type LivePartsWire = z.infer<typeof LivePartsWire>;

/** Channel of what a reply has beside its text. It is said in the same step as the text, and never opens an attempt. */
export const livePartsTopic: Topic<LivePartsWire> = {
  name: (replyId) => `reply:parts:${replyId}`,
  payload: LivePartsWire,
};

const ReplyStopped = z.object({ replyId: z.uuid(), attempt: z.int() });

/** Every worker listens: the one that writes this reply stops. The key is not used. */
export const replyStoppedTopic: Topic<z.infer<typeof ReplyStopped>> = {
  name: () => "reply:stopped",
  payload: ReplyStopped,
};
