import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { expectWholeReply } from "../_support/expect-reply.ts";
import { within } from "../_support/within.ts";

let colloquy: Colloquy;
let redis: Redis;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy();
  redis = new Redis(colloquy.redis.url);
  alice = await colloquy.signIn();
});
afterAll(async () => {
  redis.disconnect();
  await colloquy.close();
});

/** The promise of the feeds. */
const REPAIR_LIMIT_MS = 5_000;

test("a subscriber whose connection is cut notices what was said meanwhile", async () => {
  const gate = createGate();
  colloquy.gemini.onPrompt("cut", [{ text: "one " }, { waitFor: gate }, { text: "two " }, { text: "three" }]);
  const room = await alice.createRoom();
  const { replyId, messageId } = await alice.send(room, "cut");
  const watch = alice.watchReply(replyId);
  const messages = alice.watchMessages(room, messageId);
  await watch.until(({ text }) => text === "one ");

  // The API cannot come back for a while: whatever is published now is gone for it.
  await redis.call("CLIENT", "KILL", "TYPE", "pubsub");
  gate.open();
  await within(REPAIR_LIMIT_MS, async () => {
    await expectWholeReply(alice, watch);
    await messages.until(({ id }) => id === replyId);
  });
  expect(messages.events).toHaveLength(1);
});

test("a lost end, and a lost message, are noticed in silence", async () => {
  const gate = createGate();
  colloquy.gemini.onPrompt("lost done", [{ text: "all there is" }, { waitFor: gate }]);
  const room = await alice.createRoom();
  const { replyId, messageId } = await alice.send(room, "lost done");
  const watch = alice.watchReply(replyId);
  const messages = alice.watchMessages(room, messageId);
  await watch.until(({ text }) => text === "all there is");

  // What a worker does at the end, but nothing of it is published.
  await colloquy.db.$transaction([
    colloquy.db.chatroom.update({ where: { id: room }, data: { seq: 3 } }),
    colloquy.db.message.update({
      where: { id: replyId },
      data: { status: "COMPLETE", content: "all there is", seq: 3, finishReason: "STOP" },
    }),
  ]);
  await within(REPAIR_LIMIT_MS, async () => {
    expect(await expectWholeReply(alice, watch)).toMatchObject({ content: "all there is" });
    await messages.until(({ id }) => id === replyId);
  });
  gate.open();
});

test("a reader on a channel full of nonsense is not harmed", async () => {
  const gate = createGate();
  colloquy.gemini.onPrompt("nonsense", [{ text: "sense" }, { waitFor: gate }, { text: " and sense" }]);
  const { replyId } = await alice.send(await alice.createRoom(), "nonsense");
  const watch = alice.watchReply(replyId);
  await watch.until(({ text }) => text === "sense");
  const channel = `reply:live:${replyId}`;
  for (const payload of [
    "no json",
    "{}",
    '{"kind":"text","attempt":"1"}',
    '{"kind":"text","attempt":1,"offset":900,"text":"gap"}',
  ]) {
    await redis.publish(channel, payload);
  }
  await redis.publish(channel, '{"kind":"text","attempt":1,"offset":0,"text":"sen"}');
  gate.open();
  expect(await expectWholeReply(alice, watch)).toMatchObject({ content: "sense and sense" });
});

test("a Redis that refuses subscriptions ends no process, and is asked again", async () => {
  const room = await alice.createRoom();
  const { messageId, replyId } = await alice.send(room, "before");
  await alice.watchReply(replyId).completed;
  const [api] = colloquy.apis;
  await redis.call("ACL", "SETUSER", "default", "resetchannels");
  const messages = alice.watchMessages(room, messageId);
  await api?.whenLogged(({ msg }) => msg === "could not subscribe");
  await redis.call("ACL", "SETUSER", "default", "allchannels");
  const after = await alice.send(room, "heard again");
  await messages.until(({ id }) => id === after.messageId);
  expect(messages.events.map(({ id }) => id).slice(0, 2)).toEqual([replyId, after.messageId]);
});
