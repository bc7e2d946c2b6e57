import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../../_support/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { ListChatrooms, ListConversations, RetryReply, StopReply } from "../../_support/documents.ts";
import { post } from "../../_support/post.ts";
import { within } from "../../_support/within.ts";

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
  there = colloquy.elsewhere(here);
});

/** What each message in the user's only room is a reply to, as both APIs list it. */
async function conversation() {
  const [one, two] = await Promise.all(
    [there, here].map((client) => client.request(ListConversations, { rooms: 1, messages: 10 })),
  );
  expect(one).toEqual(two);
  return one!.chatrooms.edges[0]!.node.messages.edges.map(({ node }) => node);
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

test("each way of asking is answered by itself", async () => {
  for (const title of ["one", "two", "three"]) await here.createRoom(title);
  const bearer = { authorization: `Bearer ${here.token()}` };
  const ask = async (query: string, variables: object = {}) => {
    const { data, codes } = await post(here.url, { query, variables }, bearer);
    return codes.length > 0 ? codes : data;
  };
  const page = (first: number) =>
    ask("query ($n: Int) { chatrooms(first: $n) { edges { node { title } } } }", { n: first });
  const nodes = (...names: string[]) => ({ chatrooms: { edges: names.map((title) => ({ node: { title } })) } });
  const TWO =
    "query A { chatrooms(first: 1) { edges { node { title } } } } query B { chatrooms(first: 1) { edges { node { t: title } } } }";
  const of = (operationName: string) => post(here.url, { query: TWO, operationName }, bearer);
  for (const _ of ["loaded", "kept"]) {
    expect(await page(1)).toEqual(nodes("three"));
    expect(await page(2)).toEqual(nodes("three", "two"));
    expect(await ask("{ chatrooms(first: 1) { edges { node { name: title } } } }")).toEqual({
      chatrooms: { edges: [{ node: { name: "three" } }] },
    });
    expect((await of("A")).data).toEqual(nodes("three"));
    expect((await of("B")).data).toEqual({ chatrooms: { edges: [{ node: { t: "three" } }] } });
    expect(await ask("query ($n: Int!) { chatrooms(first: $n) { edges { cursor } } }")).toEqual(["BAD_USER_INPUT"]);
    expect(await ask("{ chatrooms(first: -1) { edges { cursor } } }")).toEqual(["BAD_USER_INPUT"]);
  }
});

test("only whole answers of one user are kept, without errors, cursors, or other fields beside", async () => {
  await here.createRoom();
  const entries = async () => {
    const redis = new Redis(colloquy.redis.url);
    try {
      const fields = await redis.hkeys(`cache:rooms:${here.userId()}`);
      return fields.filter((field) => field !== "generation").length;
    } finally {
      redis.disconnect();
    }
  };
  const ask = (query: string, headers: Record<string, string> = { authorization: `Bearer ${here.token()}` }) =>
    post(here.url, { query }, headers);
  const LIST = "chatrooms { edges { node { title } } }";
  const { chatrooms } = await here.request(ListChatrooms, {});
  expect(await entries()).toBe(1);
  await here.request(ListChatrooms, { after: chatrooms.edges[0]!.cursor });
  const waits =
    "query W { chatrooms { ...Waits } } fragment Waits on ChatroomConnection { edges { node { activeReply { waitingFor } } } }";
  for (const query of ["{ chatrooms(first: -1) { edges { cursor } } }", `{ me { id } ${LIST} }`, waits])
    await ask(query);
  expect(await entries()).toBe(1);
  const kept = await ask(`{ ${LIST} }`);
  expect(await entries()).toBe(2);
  expect((await ask(`{ ${LIST} }`)).text).toBe(kept.text);
  expect((await ask(`{ ${LIST} }`, {})).codes).toEqual(["UNAUTHENTICATED"]);
});

test("a socket gets the same answer", async () => {
  await here.createRoom("over a socket");
  const query = "{ chatrooms { edges { node { title } } } }";
  const results = [];
  for (const client of [here, there]) {
    for await (const result of client.connect().iterate({ query })) results.push(result);
  }
  const data = { chatrooms: { edges: [{ node: { title: "over a socket" } }] } };
  expect(results).toEqual([{ data }, { data }]);
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
  expect(await conversation()).toEqual([]);

  const { messageId, replyId } = await here.send(id, "tell me");
  expect(await conversation()).toEqual([
    { id: messageId, parent: null },
    { id: replyId, parent: { id: messageId } },
  ]);
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
  const clients = [here, there, others, colloquy.elsewhere(others)];
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
    // Four waits for Redis at most, of 250 ms each.
    await within(6_000, async () => {
      expect([await titles(here), await titles(there)]).toEqual([["frozen"], ["frozen"]]);
      await here.createRoom("made meanwhile");
      expect(await titles(here)).toEqual(["made meanwhile", "frozen"]);
    });
  } finally {
    colloquy.redis.resume();
  }
  // What is owed to Redis is dropped soon after; the process that owes it does not read the entry before.
  expect(await titles(here)).toEqual(["made meanwhile", "frozen"]);
  await expect.poll(() => titles(there)).toEqual(["made meanwhile", "frozen"]);
});

test("without Redis lists come from the database", async () => {
  const id = await here.createRoom("before");
  await listed();
  await colloquy.redis.kill();
  await rename(id, "no Redis");
  expect([await titles(here), await titles(there)]).toEqual([["no Redis"], ["no Redis"]]);
});
