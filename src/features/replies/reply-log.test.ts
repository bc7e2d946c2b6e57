import fc from "fast-check";
import { expect, test } from "vitest";
import {
  NONE,
  ALL,
  NOTHING,
  START,
  type Client,
  NEW_CLIENT,
  read,
  positionOf,
  streaming,
  ended,
  wiresOf,
  history,
  attempts,
  ends,
  fates,
  wishes,
} from "../../../test/_support/reply-histories.ts";
import type { Activity } from "../../platform/gemini/activity.ts";
import { partsOf } from "../messages/parts-of.ts";
import type { Written } from "./live-text.ts";
import { ReplyLog, type ReplyWire } from "./reply-log.ts";

test("whatever happens to messages, to Redis and to the reader, it ends with what the message has", () => {
  fc.assert(
    fc.property(attempts, ends, fates, fc.nat(), wishes, (texts, end, ways, joinAt, wants) => {
      const happenings = history(texts, end);
      const start = joinAt % happenings.length;
      let stored = happenings[start]!.snapshot;
      let client = NEW_CLIENT;
      let { log, position } = enter();

      function enter() {
        const known = new ReplyLog("reply", { parts: true });
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
        const log = new ReplyLog("reply", { parts: true });
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
  const log = new ReplyLog("reply", { parts: true });
  log.restore(streaming(1, { text: "a😀b", thought: "😀c" }));
  const at = { ...START, attempt: 1, offset: 2, thoughtOffset: 1, wants: ALL };
  expect(log.next(at)?.event).toMatchObject({ offset: 1, text: "😀b", thought: { offset: 0, text: "😀c" } });
});

test("readers at one position get the same event, and those who want something else another", () => {
  const log = new ReplyLog("reply", { parts: true });
  log.restore(streaming(1, { text: "abc", thought: "hm", activities: CODES }));
  const wishesOfAll = [NONE, ALL, { thought: true, activities: false }, { thought: false, activities: true }];
  const events = wishesOfAll.map((wants) => log.next({ ...START, wants })?.event);
  expect(wishesOfAll.map((wants) => log.next({ ...START, wants })?.event)).toEqual(events);
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
  const log = new ReplyLog("reply", { parts: true });
  log.restore(streaming(1, { text: "abc" }));
  const { position } = log.next(START)!;
  log.apply({ kind: "parts", attempt: 1, thoughtOffset: 0, thought: "hm", activity: 0, activities: CODES });
  expect(log.next(position)).toBeUndefined();
  const onlyThoughts = log.next({ ...START, attempt: 1, offset: 3, wants: { thought: true, activities: false } })!;
  expect(onlyThoughts.event).toMatchObject({ text: "", thought: { offset: 0, text: "hm" } });
  log.apply({ kind: "parts", attempt: 1, thoughtOffset: 2, thought: "", activity: 3, activities: [CODES[0]!] });
  expect(log.next(onlyThoughts.position)).toBeUndefined();
});

test("a text and what stands in it are one event", () => {
  const [known, news] = [
    { ...NOTHING, text: "See:" },
    { ...NOTHING, text: "\n\n[code left out]", activities: CODES },
  ];
  const wires = wiresOf(1, known, news);
  expect(wires).toMatchObject([{ kind: "text", withParts: true }, { kind: "parts" }]);
  const enter = (parts: boolean) => {
    const log = new ReplyLog("reply", { parts });
    log.restore(streaming(1, known));
    return { log, position: log.next({ ...START, wants: parts ? ALL : NONE })!.position };
  };
  const { log, position } = enter(true);
  expect(log.apply(wires[0]!)).toBe("seen");
  expect(log.next(position)).toBeUndefined();
  expect(log.apply(wires[1]!)).toBe("applied");
  expect(log.next(position)?.event).toMatchObject({ text: news.text, activities: CODES });

  const plain = enter(false);
  expect(plain.log.apply(wires[0]!)).toBe("applied");
  expect(plain.log.next(plain.position)?.event).toMatchObject({ text: news.text });
});

test("what follows a text whose parts were lost is a gap", () => {
  const log = new ReplyLog("reply", { parts: true });
  log.restore(streaming(1, { text: "a" }));
  expect(log.apply({ kind: "text", attempt: 1, offset: 1, text: "b", withParts: true })).toBe("seen");
  expect(log.apply({ kind: "text", attempt: 1, offset: 2, text: "" })).toBe("gap");
  log.restore(streaming(1, { text: "ab", activities: CODES }));
  expect(log.apply({ kind: "text", attempt: 1, offset: 2, text: "c" })).toBe("applied");
});

test("thoughts of an attempt that nobody has heard of are read from the store", () => {
  const log = new ReplyLog("reply", { parts: true });
  const parts = { kind: "parts", thoughtOffset: 0, thought: "hm", activity: 0, activities: [] } as const;
  expect(log.apply({ ...parts, attempt: 1 })).toBe("gap");
  log.restore(streaming(2, { text: "abc", thought: "hm" }));
  expect(log.apply({ ...parts, attempt: 1 })).toBe("seen");
  expect(log.apply({ ...parts, attempt: 2 })).toBe("seen");
  expect(log.apply({ ...parts, attempt: 2, thoughtOffset: 3 })).toBe("gap");
  expect(log.apply({ ...parts, attempt: 2, activity: 1 })).toBe("gap");
});

test("a reader that has more than the ended reply starts over", () => {
  const log = new ReplyLog("reply", { parts: true });
  log.restore(ended(1, { text: "short" }, "STOPPED"));
  const at = { ...START, attempt: 1, offset: 50, thoughtOffset: 9, activity: 2, wants: ALL };
  const nothing = { thought: { offset: 0, text: "" }, activity: 0, activities: [] };
  expect(log.next(at)?.event).toMatchObject({ offset: 0, text: "short", ...nothing });
});

test("a restart of Redis that lost the end of the text takes nothing back", () => {
  const log = new ReplyLog("reply", { parts: true });
  log.restore(streaming(1, { text: "all of it", thought: "hm, hm", activities: CODES }));
  log.restore(streaming(1, { text: "all", thought: "hm", activities: [] }));
  expect(log.next({ ...START, wants: ALL })?.event).toMatchObject({
    text: "all of it",
    thought: { text: "hm, hm" },
    activities: CODES,
  });
});
