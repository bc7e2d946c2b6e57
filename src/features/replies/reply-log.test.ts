import fc from "fast-check";
import { expect, test } from "vitest";
import type { Message } from "../../generated/prisma/client.ts";
import type { LiveTextWire } from "./events.ts";
import { ReplyLog, type ReplyEvent, type ReplyPosition, type ReplySnapshot } from "./reply-log.ts";

const START: ReplyPosition = { attempt: 0, offset: 0, status: null, waitingFor: null };

/** The rule that the schema gives to clients. */
function read(chunk: ReplyEvent, client: { attempt: number; text: string }) {
  const text = chunk.attempt > client.attempt ? "" : client.text;
  return { attempt: chunk.attempt, text: text.slice(0, chunk.offset) + chunk.text };
}

const finished = (attempt: number, content: string) =>
  ({ id: "reply", attempt, content, status: "COMPLETE" }) as Message;

/** Everything that happens to one reply, in the order in which the store sees it. */
type Happening = { wire: LiveTextWire; snapshot: ReplySnapshot };

/** Some attempts, each in pieces; all but the last break off, the last one ends. */
function history(attempts: readonly (readonly string[])[]): Happening[] {
  const happenings: Happening[] = [];
  attempts.forEach((pieces, index) => {
    const attempt = index + 1;
    let text = "";
    const say = (piece: string) => {
      const wire: LiveTextWire = { kind: "text", attempt, offset: text.length, text: piece };
      text += piece;
      happenings.push({ wire, snapshot: { attempt, text, status: "STREAMING", waitingFor: null, message: null } });
    };
    say("");
    pieces.forEach(say);
    const last = attempt === attempts.length;
    happenings.push({
      wire: { kind: "changed", attempt },
      snapshot: last
        ? { attempt, text, status: "COMPLETE", waitingFor: null, message: finished(attempt, text) }
        : { attempt, text, status: "PENDING", waitingFor: null, message: null },
    });
  });
  return happenings;
}

const pieces = fc.array(fc.string({ unit: "grapheme", maxLength: 6 }), { maxLength: 8 });
const attempts = fc.array(pieces, { minLength: 1, maxLength: 3 });
/** What becomes of each message on its way, and whether the reader comes to look after it. */
const fates = fc.array(
  fc.record({ fate: fc.constantFrom("arrives", "dropped", "doubled", "late"), looks: fc.boolean() }),
  { minLength: 64, maxLength: 64 },
);

test("however messages are dropped, doubled or late, and however slow the reader, it ends with the true text", () => {
  fc.assert(
    fc.property(attempts, fates, fc.nat(), (texts, ways, joinAt) => {
      const happenings = history(texts);
      const log = new ReplyLog("reply");
      let stored = happenings[joinAt % happenings.length]!.snapshot;
      log.restore(stored);
      let client = { attempt: 0, text: "" };
      let position = START;
      const look = () => {
        for (let step = log.next(position); step; step = log.next(position)) {
          // No chunk of an attempt that is over for the reader, and no gap before what it has.
          expect(step.event.attempt).toBeGreaterThanOrEqual(client.attempt);
          if (step.event.attempt === client.attempt) expect(step.event.offset).toBeLessThanOrEqual(client.text.length);
          else expect(step.event.offset).toBe(0);
          client = read(step.event, client);
          position = step.position;
        }
      };
      // A gap, and the check that follows silence, are repaired by reading the store.
      const hear = (wire: LiveTextWire) => {
        if (log.apply(wire) === "gap") log.restore(stored);
      };

      const late: LiveTextWire[] = [];
      happenings.slice(joinAt % happenings.length).forEach(({ wire, snapshot }, index) => {
        stored = snapshot;
        const { fate, looks } = ways[index % ways.length]!;
        if (fate === "late") late.push(wire);
        if (fate === "arrives" || fate === "doubled") hear(wire);
        if (fate === "doubled") hear(wire);
        if (index % 3 === 0) late.splice(0).forEach(hear);
        if (looks) look();
      });
      late.forEach(hear);
      log.restore(stored);
      look();

      const truth = happenings.at(-1)!.snapshot;
      expect(client).toEqual({ attempt: truth.attempt, text: truth.text });
      expect(log.ended).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("a reader that comes with any position, also inside an emoji, ends with the true text", () => {
  const text = "né 👩‍🚀 山 🇯🇵 e\u0301 😀";
  for (let offset = 0; offset <= text.length; offset += 1) {
    for (const known of [0, offset, text.length]) {
      const log = new ReplyLog("reply");
      log.restore({ attempt: 2, text: text.slice(0, known), status: "STREAMING", waitingFor: null, message: null });
      let client = { attempt: 2, text: text.slice(0, offset) };
      let position: ReplyPosition = { attempt: 2, offset, status: null, waitingFor: null };
      const first = log.next(position);
      expect(first, "the first event is the snapshot, also when it is empty").toBeDefined();
      log.apply({ kind: "text", attempt: 2, offset: known, text: text.slice(known) });
      for (const step of [first!]) {
        client = read(step.event, client);
        position = step.position;
      }
      log.restore({ attempt: 2, text, status: "COMPLETE", waitingFor: null, message: finished(2, text) });
      for (let step = log.next(position); step; step = log.next(position)) {
        client = read(step.event, client);
        position = step.position;
      }
      expect(client.text, `from ${offset}, with ${known} known`).toBe(text);
    }
  }
});

test("a piece never begins inside a surrogate pair", () => {
  const log = new ReplyLog("reply");
  log.restore({ attempt: 1, text: "a😀b", status: "STREAMING", waitingFor: null, message: null });
  expect(log.next({ attempt: 1, offset: 2, status: null, waitingFor: null })?.event).toMatchObject({
    offset: 1,
    text: "😀b",
  });
});

test("readers at one place share one event", () => {
  const log = new ReplyLog("reply");
  log.restore({ attempt: 1, text: "abc", status: "STREAMING", waitingFor: null, message: null });
  const first = log.next(START)?.event;
  expect(log.next(START)?.event).toBe(first);
  log.apply({ kind: "text", attempt: 1, offset: 3, text: "d" });
  expect(log.next(START)?.event).toMatchObject({ text: "abcd" });
});

test("a reader whose text is longer than the ended reply starts over", () => {
  const log = new ReplyLog("reply");
  log.restore({ attempt: 1, text: "short", status: "STOPPED", waitingFor: null, message: finished(1, "short") });
  expect(log.next({ attempt: 1, offset: 50, status: null, waitingFor: null })?.event).toMatchObject({
    offset: 0,
    text: "short",
  });
});

test("a restart of Redis that lost the end of the text takes nothing back", () => {
  const log = new ReplyLog("reply");
  log.restore({ attempt: 1, text: "all of it", status: "STREAMING", waitingFor: null, message: null });
  log.restore({ attempt: 1, text: "all", status: "STREAMING", waitingFor: null, message: null });
  expect(log.next(START)?.event.text).toBe("all of it");
});
