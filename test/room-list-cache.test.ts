import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createGate } from "../scripts/stand-ins/gemini-script.ts";
import type { TestClient } from "./_support/client.ts";
import { startColloquy, type Colloquy } from "./_support/colloquy.ts";
import { ListChatrooms, RetryReply, StopReply } from "./_support/documents.ts";

let colloquy: Colloquy;
/** One user on both APIs. */
let here: TestClient;
let there: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy({ apis: 2 });
});
afterAll(() => colloquy.close());

beforeEach(async () => {
  here = await colloquy.signIn();
  there = elsewhere(here);
});

/** The same user's client of the second API. */
function elsewhere(client: TestClient): TestClient {
  const other = colloquy.client(colloquy.apis[1]);
  other.useToken(client.token());
  return other;
}

async function list(client: TestClient) {
  const { chatrooms } = await client.request(ListChatrooms, {});
  return chatrooms.edges.map(({ node }) => node);
}

const titles = async (client: TestClient) => (await list(client)).map(({ title }) => title);

/** The user's only room as both APIs list it, which is then kept. */
async function listed() {
  const [one, two] = [await list(there), await list(here)];
  expect(one).toEqual(two);
  expect(one).toHaveLength(1);
  return one[0]!;
}

/** The running replies of the newest room on both APIs, where a worker may take one up between the two looks. */
const running = async () => [await list(there), await list(here)].map(([room]) => room?.activeReply?.id);

/** Changes a row without a word, which shows only where no cache stands before it. */
const rename = (id: string, title: string) => colloquy.db.chatroom.update({ where: { id }, data: { title } });

test("a list is kept for both APIs until something changes that shows in it", async () => {
  const id = await here.createRoom("before");
  const before = await listed();
  await rename(id, "unseen");
  expect(await listed()).toEqual(before);
  await there.createRoom("another");
  expect(await titles(here)).toEqual(["another", "unseen"]);
});

test("a room that is made on one API is in the other's list at once", async () => {
  expect([await list(there), await list(here)]).toEqual([[], []]);
  const id = await here.createRoom("new");
  expect(await listed()).toMatchObject({ id, title: "new", lastMessagePreview: null, activeReply: null });
});

test("each turn of a reply shows at once on both APIs: sent, begun, failed, retried, ended", async () => {
  const [first, second] = [createGate(), createGate()];
  colloquy.gemini.onPrompt("tell me", [{ waitFor: first }, { status: 400 }]);
  colloquy.gemini.onPrompt("tell me", [{ text: "It is" }, { waitFor: second }, { text: " so." }]);
  const id = await here.createRoom();
  const messages = here.watchMessages(id);
  await listed();

  const { replyId } = await here.send(id, "tell me");
  expect(await running()).toEqual([replyId, replyId]);
  await here.watchReply(replyId).until(({ status }) => status === "STREAMING");
  const begun = { lastMessagePreview: "tell me", activeReply: { id: replyId, status: "STREAMING" } };
  expect(await listed()).toMatchObject(begun);
  first.open();
  await messages.until((message) => message.id === replyId && message.status === "FAILED");
  expect(await listed()).toMatchObject({ activeReply: null });

  await there.request(RetryReply, { messageId: replyId });
  expect(await running()).toEqual([replyId, replyId]);
  await here.watchReply(replyId).until(({ text }) => text !== "");
  expect((await listed()).activeReply).toEqual({ id: replyId, status: "STREAMING" });
  second.open();
  await messages.until((message) => message.id === replyId && message.status === "COMPLETE");
  expect(await listed()).toMatchObject({ activeReply: null, lastMessagePreview: "It is so." });
});

test("a reply that is stopped on one API is no running one on the other at once", async () => {
  const gate = createGate();
  colloquy.gemini.onPrompt("stop me", [{ text: "So far" }, { waitFor: gate }]);
  const id = await here.createRoom();
  const { replyId } = await here.send(id, "stop me");
  await here.watchReply(replyId).until(({ text }) => text !== "");
  expect((await listed()).activeReply?.id).toBe(replyId);
  await there.request(StopReply, { messageId: replyId });
  expect(await listed()).toMatchObject({ activeReply: null, lastMessagePreview: "So far" });
  gate.open();
});

test("nobody is given another user's list", async () => {
  const others = await colloquy.signIn();
  await Promise.all([here.createRoom("mine"), others.createRoom("theirs")]);
  const many = Array.from({ length: 40 }, (_, at) => at);
  const clients = [here, there, others, elsewhere(others)];
  const read = await Promise.all(many.map((at) => titles(clients[at % 4]!)));
  expect(read).toEqual(many.map((at) => [at % 4 < 2 ? "mine" : "theirs"]));
});

// The last two harm the Redis of all.
test("while Redis is frozen lists come from the database, sends answer, and nothing stale is left behind", async () => {
  const id = await here.createRoom("before");
  await listed();
  colloquy.redis.pause();
  try {
    await rename(id, "frozen");
    const startedAt = performance.now();
    expect([await titles(here), await titles(there)]).toEqual([["frozen"], ["frozen"]]);
    await here.createRoom("made meanwhile");
    expect(await titles(here)).toEqual(["made meanwhile", "frozen"]);
    // Four waits for Redis at most, of 250 ms each; the rest is for a busy machine.
    expect(performance.now() - startedAt).toBeLessThan(6_000);
  } finally {
    colloquy.redis.resume();
  }
  // What is owed to Redis is dropped soon after; the process that owes it does not read the entry before.
  expect(await titles(here)).toEqual(["made meanwhile", "frozen"]);
  await expect.poll(() => titles(there), { timeout: 10_000 }).toEqual(["made meanwhile", "frozen"]);
});

test("without Redis lists come from the database", async () => {
  const id = await here.createRoom("before");
  await listed();
  await colloquy.redis.kill();
  await rename(id, "no Redis");
  expect([await titles(here), await titles(there)]).toEqual([["no Redis"], ["no Redis"]]);
});
