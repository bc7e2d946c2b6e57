import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startRedis } from "../../tools/local-stack/redis.ts";
import { createGate } from "../../tools/fakes/gemini-script.ts";
import { numberedChunks } from "../../tools/fakes/gemini-text.ts";
import type { TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { GetChatroom, GetUsage, StopReply } from "../_support/documents.ts";
import { expectWholeReply } from "../_support/expect-reply.ts";
import { whenReadySays } from "../_support/when-ready.ts";

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
  { timeout: 60_000 },
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
    const pausedAt = performance.now();
    const resumed = new Promise<void>((resolve) => {
      setTimeout(() => {
        colloquy.redis.resume();
        resolve();
      }, 10_000);
    });
    await whenReadySays(alice.url, { status: "degraded", redis: "away", postgres: "ok" });

    // Queries answer, a send stores at once, and what cannot be done says so within the limit.
    const timed = async <T>(work: Promise<T>) => {
      const startedAt = performance.now();
      const result = await work;
      return { result, took: performance.now() - startedAt };
    };
    const queried = await timed(alice.request(GetChatroom, { id: room }));
    expect(queried.result.chatroom?.activeReply).toEqual({ id: replyId });
    const sent = await timed(alice.send(other, "sent meanwhile"));
    const stopped = await timed(alice.ask(StopReply, { messageId: replyId }));
    expect(stopped.result.errors[0]?.extensions).toMatchObject({ code: "UNAVAILABLE", retryAfter: 2 });
    const refused = alice.watchReply(sent.result.replyId);
    await expect(refused.completed).rejects.toMatchObject({ cause: [{ extensions: { code: "UNAVAILABLE" } }] });
    for (const { took } of [queried, sent]) expect(took).toBeLessThan(2_000);
    expect(stopped.took).toBeLessThan(5_000);
    gate.open();

    await resumed;
    expect(performance.now() - pausedAt).toBeGreaterThan(9_900);
    expect(await expectWholeReply(alice, watch)).toMatchObject({ content: text, status: "COMPLETE" });
    expect(await colloquy.db.message.count({ where: { parentId: messageId } })).toBe(1);
    expect(await expectWholeReply(alice, alice.watchReply(sent.result.replyId))).toMatchObject({ status: "COMPLETE" });
    await messages.until(({ id }) => id === sent.result.replyId);
    expect(messages.events.map(({ id }) => id)).toEqual([sent.result.messageId, sent.result.replyId]);
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
  const client = colloquy.client(api);
  client.useToken(alice.token());
  const { replyId } = await client.send(await client.createRoom(), "patience");
  const back = await startRedis({ port: redis.port });
  onTestFinished(async () => {
    await Promise.all([api.stop(), worker.stop()]);
    await back.stop();
  });
  await whenReadySays(client.url, { status: "ok" });
  expect(await expectWholeReply(client, client.watchReply(replyId))).toMatchObject({ status: "COMPLETE" });
});
