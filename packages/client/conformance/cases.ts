import assert from "node:assert/strict";
import { followReply, followRoom, type Outcome, type Subject } from "./follow.ts";
import { createRefusal, createReplyScript, createRoomScript, FAULTS, type ReplyStep, type RoomStep } from "./script.ts";
import type { ShownReply } from "./client-under-test.ts";

/** A rule of PROTOCOL.md, and what shows that a client keeps it. */
export type Case = Readonly<{
  name: string;
  /** @throws {AssertionError} where it does not */
  run(subject: Subject): Promise<void>;
}>;

/** Also characters of two code units: offsets count those. */
const PIECES = ["One ", "🦊 two ", "drei ", "四 👩‍🚀 ", "five."] as const;
const TEXT = PIECES.join("");
const writes = PIECES.map((write): ReplyStep => ({ write }));

/** The whole text, which only grew on the way, and each subscription at the position that was shown. */
function assertWhole(outcome: Outcome<ShownReply>, text = TEXT): void {
  assertPositions(outcome);
  assert.equal(outcome.error, undefined);
  const last = outcome.shown.at(-1);
  assert.equal(last?.text, text);
  assert.equal(last.isFinished, true);
  for (const [index, { attempt, text: shown }] of outcome.shown.entries()) {
    const before = outcome.shown[index - 1];
    if (before?.attempt === attempt) assert.ok(shown.startsWith(before.text), `${shown} after ${before.text}`);
  }
  assert.equal(outcome.hasEnded, true);
}

function assertPositions({ shown, subscriptions }: Outcome<ShownReply>): void {
  for (const { args, statesBefore } of subscriptions) {
    const { attempt = 0, text = "" } = shown[statesBefore - 1] ?? {};
    assert.deepEqual([args["attempt"] ?? 0, args["offset"] ?? 0], [attempt, text.length]);
  }
}

export const CASES: readonly Case[] = [
  {
    name: "a reply is followed to its end",
    async run(subject) {
      const outcome = await followReply(subject, createReplyScript(writes));
      assertWhole(outcome);
      assert.equal(outcome.subscriptions.length, 1);
    },
  },
  ...FAULTS.map((fault) => ({
    name: `a reply goes on where it was broken off after each of its pieces: ${fault}`,
    async run(subject: Subject) {
      const steps = writes.flatMap((step): ReplyStep[] => [step, { fault }]);
      const outcome = await followReply(subject, createReplyScript(steps));
      assertWhole(outcome);
      assert.equal(outcome.subscriptions.length, PIECES.length + 1);
    },
  })),
  {
    name: "what was written while a client was away comes to it",
    async run(subject) {
      const [first, ...others] = PIECES;
      const meanwhile = others.map((write) => ({ write }));
      assertWhole(await followReply(subject, createReplyScript([{ write: first }, { fault: "cut", meanwhile }])));
    },
  },
  {
    name: "text that comes again is not joined twice",
    async run(subject) {
      const steps = writes.flatMap((step): ReplyStep[] => [step, { repeat: 3 }]);
      assertWhole(await followReply(subject, createReplyScript(steps)));
    },
  },
  {
    name: "another attempt starts over",
    async run(subject) {
      const steps: ReplyStep[] = [{ write: "Something else, and longer than the text" }, { startOver: "" }, ...writes];
      assertWhole(await followReply(subject, createReplyScript(steps)));
    },
  },
  {
    name: "another attempt that began while a client was away starts over",
    async run(subject) {
      const meanwhile = [{ write: " more" }, { startOver: "" }];
      const steps: ReplyStep[] = [{ write: "Something else" }, { fault: "cut", meanwhile }, ...writes];
      assertWhole(await followReply(subject, createReplyScript(steps)));
    },
  },
  {
    name: "a chunk that does not follow is not joined, but asked for again",
    async run(subject) {
      const steps: ReplyStep[] = [...writes.slice(0, 2), { hole: "lost" }, ...writes.slice(2)];
      const outcome = await followReply(subject, createReplyScript(steps));
      assertWhole(outcome);
      assert.equal(outcome.subscriptions.length, 2);
    },
  },
  {
    name: "an error that the next try would meet too is the end",
    async run(subject) {
      const outcome = await followReply(subject, createRefusal("NOT_FOUND"));
      assert.ok(outcome.hasEnded && outcome.error !== undefined);
      assert.equal(outcome.subscriptions.length, 1);
    },
  },
  {
    name: "a new token that is refused as well is the end",
    async run(subject) {
      const outcome = await followReply(subject, createRefusal("UNAUTHENTICATED"));
      assert.ok(outcome.hasEnded && outcome.error !== undefined);
      assert.equal(outcome.subscriptions.length, 2);
      assert.ok(outcome.tokens >= 2);
    },
  },
  ...FAULTS.map((fault) => ({
    name: `a room brings each message once and in order: ${fault}`,
    async run(subject: Subject) {
      const steps: RoomStep[] = [
        { add: "a" },
        { fault, meanwhile: [{ add: "b" }, { add: "c" }] },
        { add: "d" },
        { fault },
        { add: "e" },
      ];
      const { shown, subscriptions, hasEnded, error } = await followRoom(subject, createRoomScript(steps));
      assert.deepEqual([hasEnded, error], [true, undefined]);
      assert.deepEqual(
        shown.map(({ messages }) => messages.map(({ id }) => id).join("")),
        ["a", "ab", "abc", "abcd", "abcde"],
      );
      assert.deepEqual(
        subscriptions.map(({ args }) => Number(args["after"] ?? 0)),
        [0, 1, 4],
      );
    },
  })),
  {
    name: "a message that comes again takes the place of the one that was known",
    async run(subject) {
      const steps: RoomStep[] = [
        { add: "a" },
        { add: "b", content: "failed" },
        { fault: "cut", meanwhile: [{ add: "b", content: "complete" }] },
      ];
      const { shown } = await followRoom(subject, createRoomScript(steps));
      assert.deepEqual(
        shown.at(-1)?.messages.map(({ id, content }) => [id, content]),
        [
          ["a", "a"],
          ["b", "complete"],
        ],
      );
    },
  },
];
