import { afterAll, beforeAll, expect, test } from "vitest";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { joinChunks, type TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { GetChatroom, GetMessage } from "../_support/documents.ts";
import { expectWholeReply } from "../_support/expect-reply.ts";
import { ask, post } from "../_support/post.ts";
import { whenWaiting } from "../_support/when-waiting.ts";
import { within } from "../_support/within.ts";

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy();
  alice = await colloquy.signIn();
});
afterAll(() => colloquy.close());

test("an API that is killed: its clients go on at their position on another one", async () => {
  const gate = createGate();
  colloquy.gemini.onPrompt("api killed", [{ text: "before 🌊 " }, { waitFor: gate }, { text: "and after" }]);
  const doomed = await colloquy.startApi();
  const client = colloquy.elsewhere(alice, doomed);
  const { replyId } = await client.send(await client.createRoom(), "api killed");
  const cut = client.watchReply(replyId);
  await cut.until(({ text }) => text.includes("🌊"));
  await doomed.kill();
  await expect(cut.completed).rejects.toMatchObject({ cause: { code: 1006 } });

  const { attempt, text } = joinChunks(cut.events);
  const resumed = alice.watchReply(replyId, { attempt, offset: text.length });
  gate.open();
  expect(await expectWholeReply(alice, resumed, { attempt, text })).toMatchObject({
    content: "before 🌊 and after",
    attempt: 1,
  });
});

test("a planned stop closes sockets with 1012, cuts event streams without completing them, and exits in time", async () => {
  const gate = createGate();
  colloquy.gemini.onPrompt("api stopped", [{ text: "still " }, { waitFor: gate }, { text: "here" }]);
  const leaving = await colloquy.startApi();
  const client = colloquy.elsewhere(alice, leaving);
  const { replyId } = await client.send(await client.createRoom(), "api stopped");
  const overWs = client.watchReply(replyId);
  const overSse = client.watchReply(replyId, undefined, "sse");
  await Promise.all([overWs, overSse].map((watch) => watch.until(({ text }) => text === "still ")));

  expect(await within(5_000, () => leaving.stop())).toMatchObject({ code: 0 });
  await expect(overWs.completed).rejects.toMatchObject({ cause: { code: 1012 } });
  await expect(overSse.completed).rejects.toThrow(/The subscription failed|terminated/);

  const resumed = alice.watchReply(replyId, { attempt: 1, offset: "still ".length });
  gate.open();
  await expectWholeReply(alice, resumed, { attempt: 1, text: "still " });
});

test("a stopping API says so, and serves on until nobody asks it any more", async () => {
  const leaving = await colloquy.startApi({ DRAIN: "2s" });
  const client = colloquy.elsewhere(alice, leaving);
  const room = await client.createRoom();
  const watch = client.watchMessages(room, "0");
  const ready = async () => {
    const answer = await ask(`http://127.0.0.1:${leaving.port}/ready`);
    return [answer.status, (JSON.parse(answer.text) as { status: string }).status];
  };
  expect(await ready()).toEqual([200, "ok"]);
  leaving.signal("SIGTERM");
  await expect.poll(ready, { interval: 20 }).toEqual([503, "stopping"]);
  // New requests and open subscriptions are served as before.
  const { messageId } = await client.send(room, "while it drains");
  await watch.until(({ id }) => id === messageId);
  const answer = await post(client.url, { query: "{ __typename }" });
  expect([answer.status, answer.headers.get("connection")]).toEqual([200, "close"]);
  expect(await leaving.ended).toMatchObject({ code: 0 });
  await expect(watch.completed).rejects.toMatchObject({ cause: { code: 1012 } });
  const { ms } = await leaving.whenLogged(({ msg }) => msg === "stopped");
  expect(ms).toBeGreaterThanOrEqual(2_000);
});

test("requests in flight are answered before a planned stop", async () => {
  const leaving = await colloquy.startApi();
  const client = colloquy.elsewhere(alice, leaving);
  const room = await client.createRoom();
  // A lock on the room holds the send up until after the signal.
  const answered = colloquy.db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM "Chatroom" WHERE "id" = ${room}::uuid FOR UPDATE`;
    const sending = client.send(room, "in flight");
    await whenWaiting(colloquy.db);
    leaving.signal("SIGTERM");
    await alice.request(GetChatroom, { id: room });
    return { sending };
  });
  const { replyId } = await (await answered).sending;
  expect(await leaving.ended).toMatchObject({ code: 0 });
  await expectWholeReply(alice, alice.watchReply(replyId));
  expect((await alice.request(GetMessage, { id: replyId })).message?.status).toBe("COMPLETE");
});

test("requests of the last moment are answered or not taken at all: none is sent, and then cut", async () => {
  const leaving = await colloquy.startApi({ DRAIN: "200ms" });
  const { url } = colloquy.client(leaving);
  // While it drains, each answer closes its connection: these come again, each on a new one, until it takes no more.
  const asking = Array.from({ length: 16 }, async () => {
    for (;;) {
      try {
        await post(url, { query: "{ __typename }" });
      } catch (error) {
        return String((error as { cause?: { code?: string } }).cause?.code);
      }
    }
  });
  leaving.signal("SIGTERM");
  const ends = await Promise.all(asking);
  expect(await leaving.ended).toMatchObject({ code: 0 });
  // One may come between the last look at who waits and the end of listening.
  const cut = ends.filter((code) => code !== "ECONNREFUSED");
  expect(cut.length).toBeLessThanOrEqual(1);
});

test("an API takes its place again: the same port, new sockets", async () => {
  const first = await colloquy.startApi();
  const { port } = first;
  await first.kill();
  const second = await colloquy.startApi({ PORT: String(port) });
  const client = colloquy.elsewhere(alice, second);
  const { replyId } = await client.send(await client.createRoom(), "again");
  expect(await expectWholeReply(client, client.watchReply(replyId))).toMatchObject({ status: "COMPLETE" });
  await second.stop();
});
