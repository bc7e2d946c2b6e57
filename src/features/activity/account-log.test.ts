import { expect, test } from "vitest";
import { AccountLog, NOWHERE, type LoggedChange } from "./account-log.ts";

const USER = "01a1ffca-a817-751a-8420-6b7e3907cbfe";
const usage = (seq: number): LoggedChange => ({ seq, subject: "usage", kind: "USAGE_CHANGED" });
const session = (seq: number): LoggedChange => ({ seq, subject: `session ${seq}`, kind: "SESSION_OPENED" });

function logAt(seq: number, ...entries: LoggedChange[]): AccountLog {
  const log = new AccountLog(USER);
  log.advance([], seq);
  log.advance(entries, entries.at(-1)?.seq ?? seq);
  return log;
}

/** What a reader gets from a position on, as far as the log goes. */
function readFrom(log: AccountLog, from: number): (string | number)[] {
  const read: (string | number)[] = [];
  for (let at = from; ;) {
    const step = log.next(at);
    if (step === undefined) return read;
    if (step === "behind") return [...read, "behind"];
    read.push(step.event.kind === "SNAPSHOT" ? "snapshot" : step.position);
    at = step.position;
  }
}

test("a log that was not read yet has nothing for anybody", () => {
  const log = new AccountLog(USER);
  expect([log.next(NOWHERE), log.next(0), log.next(7)]).toEqual([undefined, undefined, undefined]);
});

test("who stands nowhere gets a snapshot, and then goes on from the head", () => {
  const log = logAt(5);
  expect(log.next(NOWHERE)).toEqual({
    event: { userId: USER, kind: "SNAPSHOT", subject: USER, position: 5 },
    position: 5,
  });
  log.advance([usage(6)], 6);
  expect(readFrom(log, 5)).toEqual([6]);
});

test("of several changes of one thing the last one stays", () => {
  const log = logAt(0, usage(1), session(2), usage(3));
  expect(readFrom(log, 0)).toEqual([2, 3]);
  log.advance([usage(9)], 9);
  expect(readFrom(log, 0)).toEqual([2, 9]);
  expect(readFrom(log, 3)).toEqual([9]);
});

test("what is known is taken in once", () => {
  const log = logAt(0, session(1), session(2));
  log.advance([session(1), session(2)], 2);
  expect(readFrom(log, 0)).toEqual([1, 2]);
  expect([log.apply({ seq: 2 }), log.apply({ seq: 3 })]).toEqual(["seen", "gap"]);
});

test("a reader further behind than the log reaches learns so", () => {
  const log = logAt(10, ...Array.from({ length: 30 }, (_, i) => session(11 + i)));
  expect(readFrom(log, 9)).toEqual(["behind"]);
  expect(readFrom(log, 20)).toHaveLength(20);
  expect(readFrom(log, 19)).toEqual(["behind"]);
});

test("a log that missed entries that are gone restarts from the head", () => {
  const log = logAt(10, usage(11));
  log.restart(500);
  expect(readFrom(log, 11)).toEqual(["behind"]);
  expect(readFrom(log, NOWHERE)).toEqual(["snapshot"]);
  expect(readFrom(log, 500)).toEqual([]);
});

test("a reader that is ahead of this process waits for it", () => {
  expect(logAt(3).next(4)).toBeUndefined();
});

test("readers share the event of a change, and each has a snapshot of its own", () => {
  const log = logAt(0, usage(1));
  const eventAt = (at: number) => {
    const step = log.next(at);
    return step === "behind" ? undefined : step?.event;
  };
  expect(eventAt(0)).toBeDefined();
  expect(eventAt(0)).toBe(eventAt(0));
  expect(eventAt(NOWHERE)).toEqual(eventAt(NOWHERE));
  expect(eventAt(NOWHERE)).not.toBe(eventAt(NOWHERE));
});
