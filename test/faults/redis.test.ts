import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startRedis } from "../../tools/local-stack/redis.ts";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { numberedChunks } from "../../tools/fakes/gemini/text.ts";
import type { TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { GetChatroom, GetUsage, StopReply } from "../_support/documents.ts";
import { expectWholeReply } from "../_support/expect-reply.ts";
import { whenReadySays } from "../_support/when-ready.ts";
import { lasting, within } from "../_support/within.ts";

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy({ workers: 2 });
  alice = await colloquy.signIn();
});
afterAll(() => colloquy.close());

/** A reply in 40 pieces, half of them before the gate; the same for every attempt. */
function halvedReply(prompt: string) {
  const gate = createGate();
  const pieces = numberedChunks({ chunks: 40, unicode: true }).map((text) => ({ text }));
  colloquy.gemini.onPrompt(prompt, [...pieces.slice(0, 20), { waitFor: gate }, ...pieces.slice(20)], { times: 5 });
  return { gate, half: 19 * 24, text: pieces.map(({ text }) => text).join("") };
}

test(
  "Redis unreachable for 10 s in mid-reply: nothing is lost, and what needs no Redis goes on",
  { timeout: 120_000 },
  async () => {
    const { gate, half, text } = halvedReply("unreachable");
    const room = await alice.createRoom();
    const other = await alice.createRoom();
    const { replyId, messageId } = await alice.send(room, "unreachable");
    const watch = alice.watchReply(replyId);
    const messages = alice.watchMessages(other);
    await watch.until(({ offset, text: piece }) => offset + piece.length >= half);
    await colloquy.whenSubscribed(`message:added:${other}`);

    colloquy.redis.pause();
    onTestFinished(() => colloquy.redis.resume());
    const pausedAt = performance.now();
    await whenReadySays(alice.url, { status: "degraded", redis: "away", postgres: "ok" });

    // Queries answer, a send stores at once, and what cannot be done says so within the limit.
    const queried = await within(2_000, () => alice.request(GetChatroom, { id: room }));
    expect(queried.chatroom?.activeReply).toEqual({ id: replyId });
    const sent = await within(2_000, () => alice.send(other, "sent meanwhile"));
    const stopped = await within(5_000, () => alice.ask(StopReply, { messageId: replyId }));
    expect(stopped.errors[0]?.extensions).toMatchObject({ code: "UNAVAILABLE", retryAfter: 2 });
    const refused = alice.watchReply(sent.replyId);
    await expect(refused.completed).rejects.toMatchObject({ cause: [{ extensions: { code: "UNAVAILABLE" } }] });
    gate.open();
    await lasting(10_000, pausedAt);
    colloquy.redis.resume();

    expect(await expectWholeReply(alice, watch)).toMatchObject({ content: text, status: "COMPLETE" });
    expect(await colloquy.db.message.count({ where: { parentId: messageId } })).toBe(1);
    expect(await expectWholeReply(alice, alice.watchReply(sent.replyId))).toMatchObject({ status: "COMPLETE" });
    await messages.until(({ id }) => id === sent.replyId);
    expect(messages.events.map(({ id }) => id)).toEqual([sent.messageId, sent.replyId]);
    expect((await alice.request(GetUsage)).me?.usage.used).toBe(2);
    await whenReadySays(alice.url, { status: "ok", redis: "ok" });
  },
);

test("Redis restarted empty in mid-reply: nothing is lost", async () => {
  const { gate, half, text } = halvedReply("emptied");
  const room = await alice.createRoom();
  const { replyId, messageId } = await alice.send(room, "emptied");
  const watch = alice.watchReply(replyId);
  const messages = alice.watchMessages(room, messageId);
  await watch.until(({ offset, text: piece }) => offset + piece.length >= half);
  await colloquy.whenSubscribed(`message:added:${room}`);

  await colloquy.redis.kill();
  const emptied = await startRedis({ port: colloquy.redis.port });
  onTestFinished(() => emptied.stop());
  gate.open();

  expect(await expectWholeReply(alice, watch)).toMatchObject({ content: text, status: "COMPLETE" });
  await messages.until(({ id }) => id === replyId);
  expect(messages.events).toHaveLength(1);
  expect(await colloquy.db.message.count({ where: { parentId: messageId } })).toBe(1);

  // Whatever it held is gone: jobs, locks, scripts. The next replies come all the same.
  const next = await alice.send(room, "after the restart");
  await expectWholeReply(alice, alice.watchReply(next.replyId));
  await messages.until(({ id }) => id === next.replyId);
});

test("Redis away when a process starts: it waits for it", async () => {
  const redis = await startRedis();
  await redis.stop();
  const [api, worker] = await Promise.all([
    colloquy.startApi({ REDIS_URL: redis.url }),
    colloquy.startWorker({ REDIS_URL: redis.url }),
  ]);
  // Signing in has to wait, as nothing counts the guesses; who is signed in does not.
  const client = colloquy.elsewhere(alice, api);
  const { replyId } = await client.send(await client.createRoom(), "patience");
  const back = await startRedis({ port: redis.port });
  onTestFinished(async () => {
    await Promise.all([api.stop(), worker.stop()]);
    await back.stop();
  });
  await whenReadySays(client.url, { status: "ok" });
  expect(await expectWholeReply(client, client.watchReply(replyId))).toMatchObject({ status: "COMPLETE" });
});
