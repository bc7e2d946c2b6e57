import { MAX_THOUGHT_BYTES, type ActivityDetail } from "./activity.ts";
import { createStorableStream } from "../text/storable-stream.ts";
import { startWithin } from "../text/start-within.ts";

type ThoughtStretch = Extract<ActivityDetail, { kind: "THOUGHT" }>;

/** What a model thinks for one reply: a text of its own, in stretches that its other work interrupts. */
export type Thoughts = Readonly<{
  /** Adds to the stretch, or begins one. @returns what can be shown of it now */
  push(text: string): string;
  /** Says that the model does something else. @returns the end of the text, and the stretch if there is one */
  close(): { rest: string; stretch: ThoughtStretch | undefined };
}>;

/** @param now a clock in milliseconds. A stretch has begun when the model's last other work was over. */
export function createThoughts(now: () => number): Thoughts {
  const storable = createStorableStream();
  let bytes = 0;
  let length = 0;
  let full = false;
  /** Of the stretch. */
  let start = 0;
  let open = false;
  let cut = false;
  let since = now();

  function keep(text: string): string {
    const kept = full ? "" : startWithin(text, MAX_THOUGHT_BYTES - bytes);
    cut ||= kept.length < text.length;
    full ||= cut;
    bytes += Buffer.byteLength(kept);
    length += kept.length;
    return kept;
  }

  return {
    push(text) {
      open = true;
      return keep(storable.push(text));
    },
    close() {
      const began = since;
      since = now();
      if (!open) return { rest: "", stretch: undefined };
      const rest = keep(storable.end());
      const durationMs = Math.round(since - began);
      const stretch = { kind: "THOUGHT", thoughtStart: start, thoughtEnd: length, durationMs, cut } as const;
      start = length;
      open = cut = false;
      return { rest, stretch };
    },
  };
}
