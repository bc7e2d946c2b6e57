import fc from "fast-check";
import type { Message } from "../../src/generated/prisma/client.ts";
import type { NewActivity } from "../../src/platform/gemini/activity.ts";
import type { Written } from "../../src/features/replies/live-text.ts";
import type {
  ReplyEvent,
  ReplyPosition,
  ReplySnapshot,
  ReplyWants,
  ReplyWire,
} from "../../src/features/replies/reply-log.ts";

export const NONE: ReplyWants = { thought: false, activities: false };
export const ALL: ReplyWants = { thought: true, activities: true };
export const NOTHING: Written = { text: "", thought: "", activities: [] };
const UNTOLD = { status: null, waitingFor: null };
export const START: ReplyPosition = { attempt: 0, offset: 0, thoughtOffset: 0, activity: 0, wants: NONE, ...UNTOLD };

/** What a client has of a reply. */
export type Client = Written & { readonly attempt: number };
export const NEW_CLIENT: Client = { attempt: 0, ...NOTHING };

/** The rule that the schema gives to clients. */
export function read(chunk: ReplyEvent, client: Client): Client {
  const { text, thought, activities } = chunk.attempt > client.attempt ? NOTHING : client;
  return {
    attempt: chunk.attempt,
    text: text.slice(0, chunk.offset) + chunk.text,
    thought: chunk.thought ? thought.slice(0, chunk.thought.offset) + chunk.thought.text : thought,
    activities: [...activities.slice(0, chunk.activity), ...chunk.activities],
  };
}

/** Where a client that comes anew goes on. */
export const positionOf = ({ attempt, text, thought, activities }: Client, wants: ReplyWants): ReplyPosition => ({
  attempt,
  offset: text.length,
  thoughtOffset: thought.length,
  activity: activities.length,
  wants,
  ...UNTOLD,
});

export const streaming = (attempt: number, written: Partial<Written>): ReplySnapshot => ({
  attempt,
  ...NOTHING,
  ...written,
  status: "STREAMING",
  waitingFor: null,
  message: null,
});

export function ended(
  attempt: number,
  written: Partial<Written>,
  status: "COMPLETE" | "STOPPED" = "COMPLETE",
): ReplySnapshot {
  const message = { id: "reply", attempt, content: written.text ?? "", status } as Message;
  return { ...streaming(attempt, written), status, message };
}

/** Everything that happens to one reply, in the order in which the store sees it. */
type Happening = { wires: readonly ReplyWire[]; snapshot: ReplySnapshot };

/** What one flush of a worker adds; `lost`: Redis has forgotten everything before it, and gets it again. */
type Flush = { text: string; thought: string; activities: readonly NewActivity[]; lost: boolean };
/** An attempt; a worker of before knows no thoughts. */
type Attempt = { flushes: readonly Flush[]; byOldWorker: boolean };
/** How the last attempt ends: whole, or with what was left of it. */
type End = "whole" | "by an old process" | "cut short";

export function wiresOf(attempt: number, from: Written, { text, thought, activities }: Written): ReplyWire[] {
  const parts: ReplyWire = {
    kind: "parts",
    attempt,
    thoughtOffset: from.thought.length,
    thought,
    activity: from.activities.length,
    activities,
  };
  const withParts = (thought !== "" || activities.length > 0) && ({ withParts: true } as const);
  const opens = from.text === "" && from.thought === "" && from.activities.length === 0;
  return [
    ...(text !== "" || opens ? [{ kind: "text", attempt, offset: from.text.length, text, ...withParts } as const] : []),
    ...(withParts ? [parts] : []),
  ];
}

/** Some attempts, each in flushes; all but the last break off, the last one ends. */
export function history(attempts: readonly Attempt[], end: End): Happening[] {
  const happenings: Happening[] = [];
  attempts.forEach(({ flushes, byOldWorker }, index) => {
    const attempt = index + 1;
    let written = NOTHING;
    const write = ({ text, lost, ...more }: Flush) => {
      const { thought, activities } = byOldWorker ? NOTHING : more;
      const seq = written.activities.length;
      const added = {
        text,
        thought,
        activities: activities.map((each, place) => Object.assign({ seq: seq + place }, each)),
      };
      const grown = {
        text: written.text + text,
        thought: written.thought + thought,
        activities: [...written.activities, ...added.activities],
      };
      if (lost) happenings.push({ wires: [], snapshot: streaming(attempt, NOTHING) });
      const wires = lost ? wiresOf(attempt, NOTHING, grown) : wiresOf(attempt, written, added);
      happenings.push({ wires, snapshot: streaming(attempt, grown) });
      written = grown;
    };
    write({ ...NOTHING, lost: false });
    flushes.forEach(write);
    const wires: ReplyWire[] = [{ kind: "changed", attempt }];
    if (attempt < attempts.length)
      return happenings.push({ wires, snapshot: { ...streaming(attempt, written), status: "PENDING" } });
    return happenings.push({ wires, snapshot: endOf(attempt, written, end) });
  });
  return happenings;
}

function endOf(attempt: number, written: Written, end: End): ReplySnapshot {
  switch (end) {
    case "whole":
      return ended(attempt, written);
    case "by an old process":
      return ended(attempt, { text: written.text });
    case "cut short": {
      const { text, thought, activities } = written;
      const cut = { text: text.slice(0, 3), thought: thought.slice(0, 2), activities: activities.slice(0, 1) };
      return ended(attempt, cut, "STOPPED");
    }
  }
}

const grapheme = fc.string({ unit: "grapheme", maxLength: 6 });
const place = { at: fc.nat({ max: 30 }), noteLength: fc.constantFrom(0, 0, 4) };
const activity: fc.Arbitrary<NewActivity> = fc.oneof(
  fc.record({ ...place, kind: fc.constant("CODE" as const), language: grapheme, code: grapheme }),
  fc.record({
    ...place,
    kind: fc.constant("THOUGHT" as const),
    thoughtStart: fc.nat({ max: 9 }),
    thoughtEnd: fc.integer({ min: 9, max: 20 }),
    durationMs: fc.nat(),
    cut: fc.boolean(),
  }),
);
const flush: fc.Arbitrary<Flush> = fc.record({
  text: grapheme,
  thought: fc.oneof(fc.constant(""), grapheme),
  activities: fc.array(activity, { maxLength: 2 }),
  lost: fc.integer({ max: 8, min: 0 }).map((chance) => chance === 0),
});
export const attempts = fc.array(
  fc.record({
    flushes: fc.array(flush, { maxLength: 8 }),
    byOldWorker: fc.integer({ max: 4, min: 0 }).map((one) => !one),
  }),
  { minLength: 1, maxLength: 3 },
);
export const ends = fc.constantFrom<End>("whole", "whole", "whole", "by an old process", "cut short");
/** What becomes of each message on its way, and what the reader does after it: looks, or comes back on another process. */
export const fates = fc.array(
  fc.record({
    fate: fc.constantFrom("arrives", "dropped", "doubled", "late"),
    does: fc.constantFrom("looks", "nothing", "comes back"),
  }),
  { minLength: 64, maxLength: 64 },
);
export const wishes = fc.record({ thought: fc.boolean(), activities: fc.boolean() });
