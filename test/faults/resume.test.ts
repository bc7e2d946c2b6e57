import { afterAll, beforeAll, expect, test } from "vitest";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { numberedChunks } from "../../tools/fakes/gemini/text.ts";
import type { TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { RetryReply, SendMessage } from "../_support/documents.ts";
import { expectWholeReply } from "../_support/expect-reply.ts";

let colloquy: Colloquy;
/** One person on two API processes. */
let here: TestClient;
let there: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy({ apis: 2 });
  here = await colloquy.signIn();
  there = colloquy.elsewhere(here);
});
afterAll(() => colloquy.close());

// Emoji of several code points, and chunks that end inside a surrogate pair.
const CHUNKS = numberedChunks({ chunks: 40, size: 7, unicode: true });
const TEXT = CHUNKS.join("");

test("a client that comes back with any offset, at any moment, on any process, ends with exactly the stored text", async () => {
  const gates = Array.from({ length: 4 }, createGate);
  const part = (from: number) => CHUNKS.slice(from, from + 10).map((text) => ({ text }));
  colloquy.gemini.onPrompt("any offset", [
    { waitFor: gates[0]! },
    ...part(0),
    { waitFor: gates[1]! },
    ...part(10),
    { waitFor: gates[2]! },
    ...part(20),
    ...part(30),
    { waitFor: gates[3]! },
    { finish: "STOP" },
  ]);
  const { replyId } = await here.send(await here.createRoom(), "any offset");
  const whole = here.watchReply(replyId);
  const resumed: Promise<unknown>[] = [];
  const resumeEverywhere = (known: number) => {
    // Nobody can know an attempt before it has said anything.
    const attempt = known === 0 ? 0 : 1;
    for (let offset = 0; offset <= known; offset += known < 80 ? 3 : 17) {
      const client = offset % 2 === 0 ? here : there;
      const via = offset % 3 === 0 ? "sse" : "ws";
      const start = { attempt, text: TEXT.slice(0, offset) };
      const watch = client.watchReply(replyId, { attempt, offset }, via);
      resumed.push(expectWholeReply(client, watch, start));
    }
  };
  const reached = (length: number) =>
    whole.until(({ offset, text }) => whole.events[0]!.attempt >= 0 && offset + text.length >= length);

  resumeEverywhere(0);
  gates[0]!.open();
  await reached(9 * 7);
  resumeEverywhere(9 * 7);
  gates[1]!.open();
  await reached(19 * 7);
  resumeEverywhere(19 * 7);
  gates[2]!.open();
  await reached(39 * 7);
  resumeEverywhere(39 * 7);
  gates[3]!.open();
  const stored = await expectWholeReply(here, whole);
  expect(stored).toMatchObject({ content: TEXT, status: "COMPLETE", attempt: 1 });
  await Promise.all(resumed);

  // After the end: from the stored row, at any offset, also past the end.
  for (const offset of [0, 1, 2, 50, TEXT.length - 1, TEXT.length, TEXT.length + 5]) {
    const watch = there.watchReply(replyId, { attempt: 1, offset });
    await expectWholeReply(there, watch, { attempt: 1, text: TEXT.padEnd(offset, "?").slice(0, offset) });
    expect(watch.events).toHaveLength(1);
  }
  const ofNoAttempt = there.watchReply(replyId, { attempt: 7, offset: 3 });
  await ofNoAttempt.completed;
  expect(ofNoAttempt.events).toMatchObject([{ attempt: 1, offset: 0, text: TEXT }]);
});

test("the first event is always the snapshot, also when there is nothing to say yet", async () => {
  const gate = createGate();
  colloquy.gemini.onPrompt("snapshot first", [{ text: "abc" }, { waitFor: gate }, { text: "def" }]);
  const { replyId } = await here.send(await here.createRoom(), "snapshot first");
  await here.watchReply(replyId).until((chunk) => chunk.text === "abc");

  const upToDate = there.watchReply(replyId, { attempt: 1, offset: 3 });
  expect(await upToDate.until(() => true)).toMatchObject({ attempt: 1, offset: 3, text: "", status: "STREAMING" });
  const late = there.watchReply(replyId);
  expect(await late.until(() => true)).toMatchObject({ attempt: 1, offset: 0, text: "abc", status: "STREAMING" });
  gate.open();
  await expectWholeReply(there, upToDate, { attempt: 1, text: "abc" });
  await expectWholeReply(there, late);
});

test("messageAdded says with each message whether it is still catching up", async () => {
  const room = await here.createRoom();
  const sent: { messageId: string; replyId: string }[] = [];
  for (const content of ["one", "two", "three"]) {
    const ids = await here.send(room, content);
    await here.watchReply(ids.replyId).completed;
    sent.push(ids);
  }
  const seen: { id: string; live: unknown }[] = [];
  const live = await new Promise<unknown>((resolve, reject) => {
    there.connect().subscribe<{ messageAdded: { id: string } }>(
      {
        query: "subscription($room: ID!, $after: ID) { messageAdded(chatroomId: $room, after: $after) { id } }",
        variables: { room, after: sent[0]!.messageId },
      },
      {
        next({ data, extensions }) {
          const { live: caughtUp } = extensions as { live: boolean };
          seen.push({ id: data!.messageAdded.id, live: caughtUp });
          if (caughtUp) resolve(true);
        },
        error: reject,
        complete: () => reject(new Error("completed")),
      },
    );
  });
  expect(live).toBe(true);
  expect(seen.map(({ id }) => id)).toEqual([
    sent[0]!.replyId,
    sent[1]!.messageId,
    sent[1]!.replyId,
    sent[2]!.messageId,
    sent[2]!.replyId,
  ]);
  expect(seen.map((each) => each.live)).toEqual([false, false, false, false, true]);
});

test("a room's position, handed in again, brings a reply that was retried meanwhile, and `0` the room's beginning", async () => {
  const room = await here.createRoom();
  colloquy.gemini.onPrompt("fails at first", [{ status: 400 }]);
  const { messageId, replyId } = await here.send(room, "fails at first");
  const positions: unknown[] = [];
  const connection = here.connect();
  await new Promise<void>((resolve, reject) => {
    const query = "subscription($room: ID!) { messageAdded(chatroomId: $room, after: 0) { status } }";
    const stop = connection.subscribe<{ messageAdded: { status: string } }>(
      { query, variables: { room } },
      {
        next({ data, extensions }) {
          positions.push((extensions as { position: string }).position);
          if (data?.messageAdded.status !== "FAILED") return;
          stop();
          resolve();
        },
        error: reject,
        complete() {},
      },
    );
  });
  // The beginning of the reply has the position between.
  expect(positions).toEqual(["1", "3"]);

  await here.request(RetryReply, { messageId: replyId });
  await here.watchReply(replyId).completed;
  const resumed = there.watchMessages(room, "3");
  await resumed.until(({ status }) => status === "COMPLETE");
  expect(resumed.events).toMatchObject([{ id: replyId, status: "COMPLETE" }]);
  const all = there.watchMessages(room, "0", "sse");
  await all.until(({ id }) => id === replyId);
  expect(all.events).toMatchObject([{ id: messageId }, { id: replyId, status: "COMPLETE" }]);
});

test("messageAdded replays a long absence in order, and each message once, while new ones come", async () => {
  const room = await here.createRoom();
  const { messageId, replyId } = await here.send(room, "the first");
  await here.watchReply(replyId).completed;
  // What several pages of the log hold; an idle feed has none of it in memory.
  await colloquy.db.$executeRaw`
    INSERT INTO "Message" ("id", "chatroomId", "depth", "role", "content", "status", "seq")
    SELECT gen_random_uuid(), ${room}::uuid, n, 'USER', 'm' || n, 'COMPLETE', n FROM generate_series(4, 300) n`;
  await colloquy.db.chatroom.update({ where: { id: room }, data: { seq: 300 } });

  const watches = [here.watchMessages(room, messageId), there.watchMessages(room, messageId, "sse")];
  const next = await here.send(room, "meanwhile");
  for (const watch of watches) {
    await watch.until(({ id }) => id === next.replyId);
    const contents = watch.events.map(({ content }) => content);
    expect(contents).toHaveLength(1 + 297 + 2);
    expect(contents.slice(1, 298)).toEqual(Array.from({ length: 297 }, (_, n) => `m${n + 4}`));
    expect(watch.events.slice(-2).map(({ id }) => id)).toEqual([next.messageId, next.replyId]);
    watch.stop();
  }
});

test("a repeated send is one message, one reply and one charge, also across processes", async () => {
  const bob = await colloquy.signIn();
  const bobThere = colloquy.elsewhere(bob);
  const room = await bob.createRoom();
  const input = { chatroomId: room, content: "across", clientId: "the-same" };
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => (n % 2 ? bob : bobThere).request(SendMessage, { input })),
  );
  const ids = new Set(answers.map(({ sendMessage }) => `${sendMessage.message.id} ${sendMessage.reply?.id}`));
  expect(ids.size).toBe(1);
  await expectWholeReply(bob, bob.watchReply(answers[0]!.sendMessage.reply!.id));
  expect(await colloquy.db.message.count({ where: { chatroomId: room } })).toBe(2);
  expect(await colloquy.db.usage.findFirst({ where: { userId: bob.userId() } })).toMatchObject({ messages: 1 });
  expect(colloquy.gemini.requests.filter(({ prompt }) => prompt === "across")).toHaveLength(1);
});
