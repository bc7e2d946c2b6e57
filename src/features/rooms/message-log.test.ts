import fc from "fast-check";
import { expect, test } from "vitest";
import { MessageLog, type LoggedMessage } from "../messages/message-log.ts";

const message = (seq: number, content = "") => ({ id: `m${seq}`, position: seq, content }) as LoggedMessage;

test("a reader gets every message once and in order, whatever is lost on the way, and whatever seqs are missing", () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 20 }),
      fc.array(fc.record({ step: fc.integer({ min: 1, max: 3 }), heard: fc.boolean(), looks: fc.boolean() }), {
        maxLength: 250,
      }),
      (start, happenings) => {
        const log = new MessageLog();
        log.advance([], start);
        const stored: LoggedMessage[] = [];
        const seen: number[] = [];
        let position = log.now();
        let seq = start;
        const look = () => {
          for (let next = log.next(position); next; next = log.next(position)) {
            if (next === "behind") {
              for (const each of stored.filter((known) => known.position > position)) {
                seen.push(each.position);
                position = each.position;
              }
            } else {
              seen.push(next.event.position);
              position = next.position;
            }
          }
        };
        const readStore = () =>
          log.advance(
            stored.filter((each) => each.position > (log.head ?? 0)),
            seq,
          );
        for (const { step, heard, looks } of happenings) {
          seq += step;
          stored.push(message(seq));
          if (heard && log.apply({ seq, messageId: `m${seq}` }) === "gap") readStore();
          if (looks) look();
        }
        readStore();
        look();
        expect(seen).toEqual(stored.map((each) => each.position));
      },
    ),
  );
});

test("a message that was heard before is not read again", () => {
  const log = new MessageLog();
  log.advance([], 4);
  log.advance([message(5)], 5);
  expect(log.apply({ seq: 5, messageId: "m5" })).toBe("seen");
  expect(log.apply({ seq: 6, messageId: "m6" })).toBe("gap");
});

test("a reader further behind than the log reaches learns so", () => {
  const log = new MessageLog();
  log.advance([], 7);
  expect(log.next(3)).toBe("behind");
  expect(log.next(7)).toBeUndefined();
});

test("long messages leave the window before there are many, and the newest one stays however long it is", () => {
  const log = new MessageLog();
  log.advance([], 0);
  const long = "x".repeat(100_000);
  log.advance(
    Array.from({ length: 8 }, (_, at) => message(at + 1, long)),
    8,
  );
  const known = Array.from({ length: 8 }, (_, seq) => log.next(seq)).map((next) => next !== "behind");
  expect(known).toEqual([false, false, false, true, true, true, true, true]);
  log.advance([message(9, "x".repeat(2_000_000))], 9);
  expect(log.next(7)).toBe("behind");
  expect(log.next(8)).toMatchObject({ event: { position: 9 }, position: 9 });
});

test("a reply that has ended is no longer there as one that has begun", () => {
  const log = new MessageLog();
  log.advance([], 0);
  const reply = (position: number) => ({ id: "reply", position, content: "" }) as LoggedMessage;
  log.advance([message(1), reply(2)], 2);
  expect(log.next(1)).toMatchObject({ event: { id: "reply" }, position: 2 });
  log.advance([reply(3)], 3);
  expect(log.next(1)).toMatchObject({ event: { id: "reply" }, position: 3 });
});
