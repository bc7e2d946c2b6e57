import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { PURGE_BATCH, purgeChatrooms } from "../../../src/features/replies/purge-chatrooms.ts";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../../_support/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { startCountedApp } from "../../_support/counted-app.ts";
import { GetChatroom } from "../../_support/documents.ts";
import { post } from "../../_support/post.ts";
import { DeleteChatroom, FilterChatrooms, RestoreChatroom } from "../../_support/room-documents.ts";

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

const remove = (id: string) => here.request(DeleteChatroom, { id });
const restoreCode = async (id: string) => (await there.ask(RestoreChatroom, { id })).errors[0]?.extensions["code"];

async function titles(): Promise<string[][]> {
  const lists = await Promise.all([here, there].map((client) => client.request(FilterChatrooms, {})));
  return lists.map(({ chatrooms }) => chatrooms.edges.map(({ node }) => node.title));
}

/** What each operation on a room answers on the other API: its code, or what it found. */
async function reach(ids: { room: string; message: string; reply: string }) {
  const run = async (query: string) => {
    const variables = Object.fromEntries(Object.entries(ids).filter(([name]) => query.includes(`$${name}`)));
    const { data, codes } = await post(there.url, { query, variables }, { authorization: `Bearer ${there.token()}` });
    return codes[0] ?? data;
  };
  return Promise.all(
    [
      "query ($room: ID!) { chatroom(id: $room) { title } }",
      "query ($room: ID!) { node(id: $room) { id } }",
      "query ($message: ID!) { node(id: $message) { id } }",
      "query ($message: ID!) { message(id: $message) { content } }",
      'mutation ($room: ID!) { sendMessage(input: { chatroomId: $room, content: "hi" }) { message { id } } }',
      "mutation ($room: ID!) { updateChatroom(input: { id: $room, pinned: true }) { chatroom { id } } }",
      "mutation ($reply: ID!) { stopReply(messageId: $reply) { id } }",
      "mutation ($reply: ID!) { retryReply(messageId: $reply) { id } }",
      "mutation ($reply: ID!) { rateReply(input: { messageId: $reply, value: UP }) { message { id } } }",
    ].map(run),
  );
}

test("a deleted room is gone at once for every operation, its reply is stopped, and its watchers complete", async () => {
  const gate = createGate();
  colloquy.gemini.onPrompt("tell me", [{ text: "So far" }, { waitFor: gate }]);
  const room = await here.createRoom("secret");
  const { messageId: message, replyId: reply } = await here.send(room, "tell me");
  const messages = there.watchMessages(room, "0");
  await messages.until(({ id }) => id === message);
  const chunks = there.watchReply(reply);
  await chunks.until(({ text }) => text !== "");
  expect(await titles()).toEqual([["secret"], ["secret"]]);

  const { deleteChatroom } = await remove(room);
  const days = (Date.parse(deleteChatroom.restorableUntil) - Date.now()) / 86_400_000;
  expect({ id: deleteChatroom.id, days: Math.round(days) }).toEqual({ id: room, days: 7 });
  await messages.completed;
  await chunks.completed;
  expect(messages.events.map(({ id }) => id)).toEqual([message]);
  expect(await colloquy.db.message.findUnique({ where: { id: reply } })).toMatchObject({
    status: "STOPPED",
    content: "So far",
  });
  expect(new Set(await reach({ room, message, reply }))).toEqual(new Set(["NOT_FOUND"]));
  const late = [there.watchMessages(room, "0"), there.watchReply(reply)];
  for (const each of late) await expect(each.completed).rejects.toThrow("There is no such");
  expect(await titles()).toEqual([[], []]);
  expect((await remove(room)).deleteChatroom).toEqual(deleteChatroom);
  gate.open();
});

test("a restored room has all that it had, and goes on", async () => {
  const room = await here.createRoom("bread");
  const { replyId } = await here.send(room, "How?");
  await here.watchReply(replyId).completed;
  const before = await there.request(GetChatroom, { id: room });
  await remove(room);
  expect(await titles()).toEqual([[], []]);
  for (let times = 0; times < 2; times += 1) {
    const { restoreChatroom } = await there.request(RestoreChatroom, { id: room });
    expect(restoreChatroom.chatroom).toEqual({ id: room, title: "bread" });
  }
  expect(await titles()).toEqual([["bread"], ["bread"]]);
  expect(await here.request(GetChatroom, { id: room })).toEqual(before);
  const messages = there.watchMessages(room);
  const sent = await here.send(room, "And then?");
  await messages.until(({ id, status }) => id === sent.replyId && status === "COMPLETE");
  messages.stop();
});

test("after its time a room is purged, whatever its length, and no other one", async () => {
  const [long, recent, kept] = [await here.createRoom(), await here.createRoom(), await here.createRoom()];
  for (const room of [long, recent, kept]) await here.watchReply((await here.send(room, "Well?")).replyId).completed;
  const root = await colloquy.db.message.findFirstOrThrow({ where: { chatroomId: long, depth: 0 } });
  await colloquy.db.message.createMany({
    data: Array.from({ length: PURGE_BATCH * 2 }, (_, at) => ({
      id: crypto.randomUUID(),
      chatroomId: long,
      parentId: root.id,
      depth: 1,
      role: "USER" as const,
      status: "COMPLETE" as const,
      content: String(at),
    })),
  });
  await remove(long);
  await remove(recent);
  const aWeekAgo = new Date(Date.now() - 7 * 86_400_000 - 3_600_000);
  await colloquy.db.chatroom.update({ where: { id: long }, data: { deletedAt: aWeekAgo } });
  expect(await restoreCode(long)).toBe("NOT_FOUND");

  const app = await startCountedApp(colloquy.env);
  try {
    const purge = () => purgeChatrooms(app.ctx, new AbortController().signal);
    await Promise.all([purge(), purge()]);
    await purge();
  } finally {
    await app.close();
  }
  const left = await colloquy.db.chatroom.findMany({ where: { userId: here.userId() }, select: { id: true } });
  expect(new Set(left.map(({ id }) => id))).toEqual(new Set([recent, kept]));
  expect(await colloquy.db.message.count({ where: { chatroomId: long } })).toBe(0);
  expect(await colloquy.db.message.count({ where: { chatroomId: recent } })).toBe(2);
  expect(await restoreCode(recent)).toBeUndefined();
});
