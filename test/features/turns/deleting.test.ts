import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { PURGE_BATCH, purgeChatrooms } from "../../../src/features/replies/purge-chatrooms.ts";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import { branchCalls } from "../../_support/branch-calls.ts";
import type { TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { startCountedApp } from "../../_support/counted-app.ts";
import { CreateChatroom, GetChatroom } from "../../_support/documents.ts";
import { post } from "../../_support/post.ts";
import { DeleteChatroom, FilterChatrooms, RestoreChatroom } from "../../_support/room-documents.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";
import { watchAccount } from "../../_support/watch-account.ts";

let colloquy: Colloquy;
/** One user on both APIs. */
let here: TestClient;
let there: TestClient;

beforeAll(async () => {
  colloquy = await shareColloquy({ apis: 2 });
});
afterAll(() => colloquy.close());

beforeEach(async () => {
  here = await colloquy.signIn();
  there = colloquy.elsewhere(here);
});

const { ask, edit, regenerate, select, remove, path, node, used, finished } = branchCalls(() => ({ here, there }));
const removeRoom = (id: string) => here.request(DeleteChatroom, { id });
const restoreCode = async (id: string) => (await there.ask(RestoreChatroom, { id })).errors[0]?.extensions["code"];

async function titles(): Promise<string[][]> {
  const lists = await Promise.all([here, there].map((client) => client.request(FilterChatrooms, {})));
  return lists.map(({ chatrooms }) => chatrooms.edges.map((edge) => edge.node.title));
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

  const { deleteChatroom } = await removeRoom(room);
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
  expect((await removeRoom(room)).deleteChatroom).toEqual(deleteChatroom);
  gate.open();
});

test("a restored room has all that it had, and goes on", async () => {
  const room = await here.createRoom("bread");
  const { replyId } = await here.send(room, "How?");
  await here.watchReply(replyId).completed;
  const before = await there.request(GetChatroom, { id: room });
  await removeRoom(room);
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
  await removeRoom(long);
  await removeRoom(recent);
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

test("a message is deleted with all that follows it, and the head moves", async () => {
  const room = await here.createRoom();
  const first = await ask(room, "one");
  const second = await ask(room, "two");
  const edited = await edit({ messageId: second.messageId, content: "two, rather" });
  await finished(edited.reply);
  const gate = createGate();
  colloquy.gemini.onPrompt("never", [{ text: "Secret" }, { waitFor: gate }]);
  const last = await here.send(room, "never");
  await here.watchReply(last.replyId).until(({ text }) => text !== "");
  const spent = await used();
  const stream = here.watchReply(last.replyId);
  const watch = watchAccount(here);
  await watch.until(({ event }) => event.__typename === "AccountSnapshot");
  const { deletedIds, deletedCount, chatroom } = await remove(edited.message.id);
  gate.open();
  expect(deletedIds).toEqual([edited.message.id, edited.reply!.id, last.messageId, last.replyId]);
  expect(deletedCount).toBe(4);
  expect(chatroom).toMatchObject({ leaf: { id: second.replyId }, activeReply: null });
  await stream.completed.catch(() => {});
  await watch.until(({ event }) => event.__typename === "RoomChanged");
  watch.stop();
  expect(await used()).toBe(spent);
  for (const id of deletedIds) await expect(node(id)).rejects.toThrow("NOT_FOUND");
  expect(await colloquy.db.replyDetail.count({ where: { messageId: { in: deletedIds } } })).toBe(0);
  await expect(remove(edited.message.id)).rejects.toThrow("NOT_FOUND");
  // Without a sibling the head is the parent, and at last there is none.
  expect((await remove(second.messageId)).chatroom.leaf).toEqual({ id: first.replyId });
  expect((await remove(first.replyId)).chatroom.leaf).toEqual({ id: first.messageId });
  const again = await regenerate({ messageId: first.messageId });
  await finished(again.reply);
  expect((await remove(first.messageId)).chatroom).toMatchObject({ leaf: null, messages: { edges: [] } });
  const untitled = (await here.request(CreateChatroom, { input: {} })).createChatroom.id;
  const words = await ask(untitled, "Words that made a title");
  await remove(words.messageId);
  expect(await colloquy.db.chatroom.findUnique({ where: { id: untitled } })).toMatchObject({
    title: "New chat",
    titleSource: "FALLBACK",
  });
  await ask(room, "anew");
  expect((await path(room)).length).toBe(2);
});

test("what is deleted beside the active branch leaves the head, and a reply stopped before its text is given back", async () => {
  const room = await here.createRoom();
  const first = await ask(room, "kept");
  const second = await ask(room, "also kept");
  const edited = await edit({ messageId: second.messageId, content: "tried" });
  await finished(edited.reply);
  await select({ messageId: second.messageId });
  expect((await remove(edited.message.id)).chatroom.leaf).toEqual({ id: second.replyId });
  expect((await node(second.messageId)).siblings).toEqual({ index: 0, total: 1, previousId: null, nextId: null });
  const spent = (await used())!;
  const gate = createGate();
  colloquy.gemini.onPrompt("held", [{ waitFor: gate }]);
  const held = await here.send(room, "held");
  await colloquy.gemini.nextRequest("held");
  expect(await used()).toBe(spent + 1);
  await remove(held.messageId);
  gate.open();
  expect(await used()).toBe(spent);
  expect(await path(room)).toEqual([first.messageId, first.replyId, second.messageId, second.replyId]);
});
