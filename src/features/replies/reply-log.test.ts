import fc from "fast-check";
import { expect, test } from "vitest";
import type { Message } from "../../generated/prisma/client.ts";
import type { Activity, NewActivity } from "../../platform/gemini/activity.ts";
import { partsOf } from "../messages/parts-of.ts";
import type { Written } from "./live-text.ts";
import {
  ReplyLog,
  type ReplyEvent,
  type ReplyPosition,
  type ReplySnapshot,
  type ReplyWants,
  type ReplyWire,
} from "./reply-log.ts";

const NONE: ReplyWants = { thought: false, activities: false };
const ALL: ReplyWants = { thought: true, activities: true };
const NOTHING: Written = { text: "", thought: "", activities: [] };
const UNTOLD = { status: null, waitingFor: null };
const START: ReplyPosition = { attempt: 0, offset: 0, thoughtOffset: 0, activity: 0, wants: NONE, ...UNTOLD };

/** What a client has of a reply. */
type Client = Written & { readonly attempt: number };
const NEW_CLIENT: Client = { attempt: 0, ...NOTHING };

/** The rule that the schema gives to clients. */
function read(chunk: ReplyEvent, client: Client): Client {
  const { text, thought, activities } = chunk.attempt > client.attempt ? NOTHING : client;
  return {
    attempt: chunk.attempt,
    text: text.slice(0, chunk.offset) + chunk.text,
    thought: chunk.thought ? thought.slice(0, chunk.thought.offset) + chunk.thought.text : thought,
    activities: [...activities.slice(0, chunk.activity), ...chunk.activities],
  };
}

/** Where a client that comes anew goes on. */
const positionOf = ({ attempt, text, thought, activities }: Client, wants: ReplyWants): ReplyPosition => ({
  attempt,
  offset: text.length,
  thoughtOffset: thought.length,
  activity: activities.length,
  wants,
  ...UNTOLD,
});

const streaming = (attempt: number, written: Partial<Written>): ReplySnapshot => ({
  attempt,
  ...NOTHING,
  ...written,
  status: "STREAMING",
  waitingFor: null,
  message: null,
});

function ended(attempt: number, written: Partial<Written>, status: "COMPLETE" | "STOPPED" = "COMPLETE"): ReplySnapshot {
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

function wiresOf(attempt: number, from: Written, { text, thought, activities }: Written): ReplyWire[] {
  const parts: ReplyWire = {
    kind: "parts",
    attempt,
    thoughtOffset: from.thought.length,
    thought,
    activity: from.activities.length,
    activities,
  };
  const opens = from.text === "" && from.thought === "" && from.activities.length === 0;
  return [
    ...(text !== "" || opens ? [{ kind: "text", attempt, offset: from.text.length, text } as const] : []),
    ...(thought !== "" || activities.length > 0 ? [parts] : []),
  ];
}

/** Some attempts, each in flushes; all but the last break off, the last one ends. */
function history(attempts: readonly Attempt[], end: End): Happening[] {
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
const attempts = fc.array(
  fc.record({
    flushes: fc.array(flush, { maxLength: 8 }),
    byOldWorker: fc.integer({ max: 4, min: 0 }).map((one) => !one),
  }),
  { minLength: 1, maxLength: 3 },
);
const ends = fc.constantFrom<End>("whole", "whole", "whole", "by an old process", "cut short");
/** What becomes of each message on its way, and what the reader does after it: looks, or comes back on another process. */
const fates = fc.array(
  fc.record({
    fate: fc.constantFrom("arrives", "dropped", "doubled", "late"),
    does: fc.constantFrom("looks", "nothing", "comes back"),
  }),
  { minLength: 64, maxLength: 64 },
);
const wishes = fc.record({ thought: fc.boolean(), activities: fc.boolean() });

test("whatever happens to messages, to Redis and to the reader, it ends with what the message has", () => {
  fc.assert(
    fc.property(attempts, ends, fates, fc.nat(), wishes, (texts, end, ways, joinAt, wants) => {
      const happenings = history(texts, end);
      const start = joinAt % happenings.length;
      let stored = happenings[start]!.snapshot;
      let client = NEW_CLIENT;
      let { log, position } = enter();

      function enter() {
        const known = new ReplyLog("reply");
        known.restore(stored);
        return { log: known, position: positionOf(client, wants) };
      }
      function look() {
        for (let step = log.next(position); step; step = log.next(position)) {
          const { attempt, offset, thought, activity: known, activities } = step.event;
          // No chunk of an attempt that is over for the reader, and no gap before what it has.
          expect(attempt).toBeGreaterThanOrEqual(client.attempt);
          const has = attempt === client.attempt ? client : NOTHING;
          expect(offset).toBeLessThanOrEqual(has.text.length);
          expect(thought?.offset ?? 0).toBeLessThanOrEqual(has.thought.length);
          expect(known).toBeLessThanOrEqual(has.activities.length);
          expect(activities.map(({ seq }) => seq)).toEqual(activities.map((_, index) => known + index));
          client = read(step.event, client);
          position = step.position;
        }
      }
      // A gap, and the check that follows silence, are repaired by reading the store.
      const hear = (wire: ReplyWire) => {
        if (log.apply(wire) === "gap") log.restore(stored);
      };

      const late: ReplyWire[] = [];
      happenings.slice(start).forEach(({ wires, snapshot }, index) => {
        stored = snapshot;
        const { fate, does } = ways[index % ways.length]!;
        for (const wire of wires) {
          if (fate === "late") late.push(wire);
          if (fate === "arrives" || fate === "doubled") hear(wire);
          if (fate === "doubled") hear(wire);
        }
        if (index % 3 === 0) late.splice(0).forEach(hear);
        if (does === "comes back") ({ log, position } = enter());
        if (does !== "nothing") look();
      });
      late.forEach(hear);
      log.restore(stored);
      look();

      const { attempt, text, thought, activities } = happenings.at(-1)!.snapshot;
      const wanted = { thought: wants.thought ? thought : "", activities: wants.activities ? activities : [] };
      expect(client).toEqual({ attempt, text, ...wanted });
      expect(partsOf({ content: client.text, ...client })).toEqual(partsOf({ content: text, ...wanted }));
      expect(log.ended).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

const CODES: readonly Activity[] = [0, 1, 2].map((seq) => ({
  seq,
  at: seq,
  noteLength: 0,
  kind: "CODE",
  language: "",
  code: `${seq}`,
}));

test("a reader that comes with any positions, also inside an emoji, ends with what the message has", () => {
  const text = "né 👩‍🚀 山 🇯🇵 e\u0301 😀";
  const thought = "😀 hm 👩‍🚀";
  const final = { text, thought, activities: CODES };
  const upTo = (offset: number, thoughtOffset: number, number: number): Written => ({
    text: text.slice(0, offset),
    thought: thought.slice(0, thoughtOffset),
    activities: CODES.slice(0, number),
  });
  for (let offset = 0; offset <= text.length; offset += 1) {
    for (let thoughtOffset = 0; thoughtOffset <= thought.length; thoughtOffset += 1) {
      const number = (offset + thoughtOffset) % 4;
      for (const known of [NOTHING, upTo(offset, thoughtOffset, number), final]) {
        const log = new ReplyLog("reply");
        log.restore(streaming(2, known));
        let client: Client = { attempt: 2, ...upTo(offset, thoughtOffset, number) };
        let position = positionOf(client, ALL);
        const take = () => {
          for (let step = log.next(position); step; step = log.next(position)) {
            client = read(step.event, client);
            position = step.position;
          }
        };
        expect(log.next(position), "the first event is the snapshot, also when it is empty").toBeDefined();
        take();
        for (const wire of wiresOf(2, known, {
          ...final,
          text: text.slice(known.text.length),
          thought: thought.slice(known.thought.length),
          activities: CODES.slice(known.activities.length),
        }))
          log.apply(wire);
        take();
        log.restore(ended(2, final));
        take();
        expect(client, `from ${offset}, ${thoughtOffset}, ${number}`).toEqual({ attempt: 2, ...final });
      }
    }
  }
});

test("a piece never begins inside a surrogate pair", () => {
  const log = new ReplyLog("reply");
  log.restore(streaming(1, { text: "a😀b", thought: "😀c" }));
  const at = { ...START, attempt: 1, offset: 2, thoughtOffset: 1, wants: ALL };
  expect(log.next(at)?.event).toMatchObject({ offset: 1, text: "😀b", thought: { offset: 0, text: "😀c" } });
});

test("readers at one position share one event, and those who want something else another", () => {
  const log = new ReplyLog("reply");
  log.restore(streaming(1, { text: "abc", thought: "hm", activities: CODES }));
  const wishesOfAll = [NONE, ALL, { thought: true, activities: false }, { thought: false, activities: true }];
  const events = wishesOfAll.map((wants) => log.next({ ...START, wants })?.event);
  expect(wishesOfAll.map((wants) => log.next({ ...START, wants })?.event).every((each, n) => each === events[n])).toBe(
    true,
  );
  expect(events).toMatchObject([
    { text: "abc", thought: null, activities: [] },
    { text: "abc", thought: { offset: 0, text: "hm" }, activities: CODES },
    { text: "abc", thought: { offset: 0, text: "hm" }, activities: [] },
    { text: "abc", thought: null, activities: CODES },
  ]);
  log.apply({ kind: "text", attempt: 1, offset: 3, text: "d" });
  expect(log.next(START)?.event).toMatchObject({ text: "abcd" });
});

test("a reader that does not want thoughts gets no event because of them", () => {
  const log = new ReplyLog("reply");
  log.restore(streaming(1, { text: "abc" }));
  const { position } = log.next(START)!;
  log.apply({ kind: "parts", attempt: 1, thoughtOffset: 0, thought: "hm", activity: 0, activities: CODES });
  expect(log.next(position)).toBeUndefined();
  const onlyThoughts = log.next({ ...START, attempt: 1, offset: 3, wants: { thought: true, activities: false } })!;
  expect(onlyThoughts.event).toMatchObject({ text: "", thought: { offset: 0, text: "hm" } });
  log.apply({ kind: "parts", attempt: 1, thoughtOffset: 2, thought: "", activity: 3, activities: [CODES[0]!] });
  expect(log.next(onlyThoughts.position)).toBeUndefined();
});

test("thoughts of an attempt that nobody has heard of are read from the store", () => {
  const log = new ReplyLog("reply");
  const parts = { kind: "parts", thoughtOffset: 0, thought: "hm", activity: 0, activities: [] } as const;
  expect(log.apply({ ...parts, attempt: 1 })).toBe("gap");
  log.restore(streaming(2, { text: "abc", thought: "hm" }));
  expect(log.apply({ ...parts, attempt: 1 })).toBe("seen");
  expect(log.apply({ ...parts, attempt: 2 })).toBe("seen");
  expect(log.apply({ ...parts, attempt: 2, thoughtOffset: 3 })).toBe("gap");
  expect(log.apply({ ...parts, attempt: 2, activity: 1 })).toBe("gap");
});

test("a reader that has more than the ended reply starts over", () => {
  const log = new ReplyLog("reply");
  log.restore(ended(1, { text: "short" }, "STOPPED"));
  const at = { ...START, attempt: 1, offset: 50, thoughtOffset: 9, activity: 2, wants: ALL };
  const nothing = { thought: { offset: 0, text: "" }, activity: 0, activities: [] };
  expect(log.next(at)?.event).toMatchObject({ offset: 0, text: "short", ...nothing });
});

test("a restart of Redis that lost the end of the text takes nothing back", () => {
  const log = new ReplyLog("reply");
  log.restore(streaming(1, { text: "all of it", thought: "hm, hm", activities: CODES }));
  log.restore(streaming(1, { text: "all", thought: "hm", activities: [] }));
  expect(log.next({ ...START, wants: ALL })?.event).toMatchObject({
    text: "all of it",
    thought: { text: "hm, hm" },
    activities: CODES,
  });
});
