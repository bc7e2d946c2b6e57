import { afterAll, beforeAll, expect, test } from "vitest";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { GetUsage } from "../_support/documents.ts";
import { expectWholeReply } from "../_support/expect-reply.ts";
import { within } from "../_support/within.ts";

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy({ workers: 0 });
});
afterAll(() => colloquy.close());

test("without a worker the status says so, and the reply comes when there is one", async () => {
  alice = await colloquy.signIn();
  const { replyId } = await alice.send(await alice.createRoom(), "anybody there?");
  const watch = alice.watchReply(replyId);
  expect(await watch.until(() => true)).toMatchObject({ status: "PENDING", attempt: 0, text: "" });
  const worker = await colloquy.startWorker();
  expect(await expectWholeReply(alice, watch)).toMatchObject({ status: "COMPLETE", attempt: 1 });
  await worker.stop();
});

test("kill -9 in mid-reply: another worker goes on within 10 s, and there is one reply, stored and charged once", async () => {
  alice = await colloquy.signIn();
  colloquy.gemini.onPrompt("crash", [{ text: "never " }, { text: "finished" }, { stall: true }]);
  colloquy.gemini.onPrompt("crash", [{ text: "a whole " }, { text: "reply" }]);
  const doomed = await colloquy.startWorker();
  const { replyId, messageId } = await alice.send(await alice.createRoom(), "crash");
  const watch = alice.watchReply(replyId);
  await watch.until(({ offset, text }) => offset + text.length >= "never finished".length);
  const other = await colloquy.startWorker();

  await doomed.kill();
  await within(10_000, () => watch.until(({ attempt }) => attempt === 2));

  const stored = await expectWholeReply(alice, watch);
  expect(stored).toMatchObject({ content: "a whole reply", status: "COMPLETE", attempt: 2 });
  expect(watch.events.map(({ attempt }) => attempt)).toContain(1);
  expect(await colloquy.db.message.count({ where: { parentId: messageId } })).toBe(1);
  expect((await alice.request(GetUsage)).me?.usage.used).toBe(1);
  await other.stop();
});

test("a zombie (frozen past its lock, then resumed) can change nothing any more", async () => {
  alice = await colloquy.signIn();
  const gate = createGate();
  colloquy.gemini.onPrompt("zombie", [{ text: "old " }, { waitFor: gate }, { text: "late" }, { finish: "STOP" }]);
  const secondGate = createGate();
  colloquy.gemini.onPrompt("zombie", [{ text: "new " }, { waitFor: secondGate }, { text: "and true" }]);
  const zombie = await colloquy.startWorker();
  const room = await alice.createRoom();
  const { replyId, messageId } = await alice.send(room, "zombie");
  const watch = alice.watchReply(replyId);
  await watch.until(({ text }) => text === "old ");

  zombie.signal("SIGSTOP");
  const other = await colloquy.startWorker();
  await watch.until(({ attempt, text }) => attempt === 2 && text === "new ");
  gate.open();
  zombie.signal("SIGCONT");
  // It meets the fence: its reply is over for it, while the second attempt still writes.
  await zombie.whenLogged((line) => line["replyId"] === replyId && line["job"] === "superseded");
  expect(await colloquy.db.message.findUnique({ where: { id: replyId } })).toMatchObject({
    status: "STREAMING",
    attempt: 2,
  });
  secondGate.open();

  expect(await expectWholeReply(alice, watch)).toMatchObject({ content: "new and true", attempt: 2 });
  expect(await colloquy.db.message.count({ where: { parentId: messageId } })).toBe(1);
  const messages = alice.watchMessages(room, messageId);
  await messages.until(({ id }) => id === replyId);
  expect(messages.events).toHaveLength(1);
  await Promise.all([zombie.stop(), other.stop()]);
});

test("a worker that gets SIGTERM finishes what it writes", async () => {
  alice = await colloquy.signIn();
  const gate = createGate();
  colloquy.gemini.onPrompt("finish first", [{ text: "almost " }, { waitFor: gate }, { text: "done" }]);
  const worker = await colloquy.startWorker();
  const { replyId } = await alice.send(await alice.createRoom(), "finish first");
  const watch = alice.watchReply(replyId);
  await watch.until(({ text }) => text === "almost ");
  const ended = worker.stop();
  gate.open();
  expect(await expectWholeReply(alice, watch)).toMatchObject({ content: "almost done", attempt: 1 });
  expect(await ended).toMatchObject({ code: 0 });
});

test("what a stopping worker cannot finish in time it hands to another, and that is no try", async () => {
  alice = await colloquy.signIn();
  colloquy.gemini.onPrompt("hand over", [{ text: "slow" }, { stall: true }]);
  colloquy.gemini.onPrompt("hand over", [{ text: "slowly, but surely" }]);
  const worker = await colloquy.startWorker({ SHUTDOWN_GRACE: "500ms" });
  const { replyId } = await alice.send(await alice.createRoom(), "hand over");
  const watch = alice.watchReply(replyId);
  await watch.until(({ text }) => text === "slow");
  const request = await colloquy.gemini.nextRequest("hand over");
  const other = await colloquy.startWorker();
  const ended = worker.stop();
  await colloquy.gemini.whenAborted(request);
  expect(await expectWholeReply(alice, watch)).toMatchObject({ content: "slowly, but surely", attempt: 2 });
  expect(await colloquy.db.message.findUnique({ where: { id: replyId } })).toMatchObject({ tries: 0 });
  expect(await ended).toMatchObject({ code: 0 });
  await other.stop();
});

test("a crash between the commit and the queue: the sweeper delivers within 10 s", async () => {
  alice = await colloquy.signIn();
  const room = await alice.createRoom();
  // The very state such a crash leaves: a committed message and its pending reply, and no job.
  const doomed = await colloquy.startApi();
  colloquy.redis.pause();
  const client = colloquy.elsewhere(alice, doomed);
  const sending = client.send(room, "lost job");
  const { replyId } = await sending;
  await doomed.kill();
  colloquy.redis.resume();
  const worker = await colloquy.startWorker();
  const reply = await within(10_000, () => expectWholeReply(alice, alice.watchReply(replyId)));
  expect(reply).toMatchObject({ status: "COMPLETE", attempt: 1 });
  await worker.stop();
});
