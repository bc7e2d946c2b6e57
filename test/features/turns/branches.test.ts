import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { MAX_SIBLINGS } from "../../../src/features/turns/branch.ts";
import { textOf } from "../../../tools/fakes/gemini/record.ts";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import { branchCalls } from "../../_support/branch-calls.ts";
import { SelectBranch } from "../../_support/branch-documents.ts";
import type { TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
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

const { ask, edit, regenerate, select, refusalOfEdit, refusalOfRegenerate, path, node, used, finished } = branchCalls(
  () => ({ here, there }),
);

/** What the model saw for a prompt: the texts of the conversation, oldest first. */
async function seenFor(prompt: string): Promise<string[]> {
  const { body } = await colloquy.gemini.nextRequest(prompt);
  return body.contents!.map(textOf);
}

test("an edit is a sibling with a reply of its own, and what was there stays", async () => {
  const room = await here.createRoom();
  const first = await ask(room, "one");
  const second = await ask(room, "two");
  const third = await ask(room, "three");
  const watch = watchAccount(there);
  await watch.until(({ event }) => event.__typename === "AccountSnapshot");
  const edited = await edit({
    messageId: second.messageId,
    content: "two, rather",
    clientId: "e",
    expectedLeafId: third.replyId,
  });
  expect(edited.message).toEqual({
    id: edited.message.id,
    role: "USER",
    content: "two, rather",
    clientId: "e",
    parent: { id: first.replyId },
    reply: { id: edited.reply!.id },
    siblings: { index: 1, total: 2, previousId: second.messageId, nextId: null },
  });
  expect(edited.chatroom.leaf).toEqual({ id: edited.reply!.id });
  await watch.until(({ event }) => event.__typename === "RoomChanged");
  watch.stop();
  await finished(edited.reply);
  expect(await path(room)).toEqual([first.messageId, first.replyId, edited.message.id, edited.reply!.id]);
  expect((await node(second.messageId)).siblings).toEqual({
    index: 0,
    total: 2,
    previousId: null,
    nextId: edited.message.id,
  });
  // The model got exactly the path.
  const seen = await seenFor("two, rather");
  expect([seen.length, seen[0], seen[2]]).toEqual([3, "one", "two, rather"]);
  const kept = await colloquy.db.message.findUniqueOrThrow({ where: { id: third.replyId } });
  expect(kept).toMatchObject({ status: "COMPLETE", parentId: third.messageId, depth: 5 });
  // The fork remembers where it was left.
  const fork = await colloquy.db.message.findUniqueOrThrow({ where: { id: second.messageId } });
  expect(fork.lastLeafId).toBe(third.replyId);
  expect(await used()).toBe(4);
});

test("the first message of a room can be edited, and its versions are siblings", async () => {
  const room = await here.createRoom();
  const first = await ask(room, "in the beginning");
  const edited = await edit({ messageId: first.messageId, content: "in the end" });
  await finished(edited.reply);
  expect(edited.message).toMatchObject({
    parent: null,
    siblings: { index: 1, total: 2, previousId: first.messageId, nextId: null },
  });
  expect(await path(room)).toEqual([edited.message.id, edited.reply!.id]);
  expect(await seenFor("in the end")).toEqual(["in the end"]);
  const fork = await colloquy.db.message.findUniqueOrThrow({ where: { id: first.messageId } });
  expect(fork.lastLeafId).toBe(first.replyId);
});

test("a reply that is not the leaf is written again, as the new head", async () => {
  const room = await here.createRoom();
  const first = await ask(room, "again and again");
  const second = await ask(room, "on and on");
  const { message, reply, chatroom } = await regenerate({
    messageId: first.replyId,
    modelId: "gemini-3.7-flash",
    clientId: "r",
  });
  expect(message).toMatchObject({ id: first.messageId, reply: { id: reply.id } });
  expect(reply).toMatchObject({
    role: "ASSISTANT",
    clientId: "r",
    parent: { id: first.messageId },
    reply: null,
    siblings: { index: 1, total: 2, previousId: first.replyId, nextId: null },
  });
  expect(chatroom).toMatchObject({ leaf: { id: reply.id }, activeReply: { id: reply.id } });
  await finished(reply);
  expect(await path(room)).toEqual([first.messageId, reply.id]);
  const requests = colloquy.gemini.requests.filter(({ prompt }) => prompt === "again and again");
  expect(requests.map(({ model, body }) => [model, body.contents!.map(textOf)]).at(-1)).toEqual([
    "gemini-3.7-flash",
    ["again and again"],
  ]);
  const fork = await colloquy.db.message.findUniqueOrThrow({ where: { id: first.replyId } });
  expect(fork.lastLeafId).toBe(second.replyId);
  // The question itself leads to another one as well.
  const third = await regenerate({ messageId: first.messageId });
  expect(third.reply.siblings).toMatchObject({ index: 2, total: 3 });
  await finished(third.reply);
  expect((await node(first.messageId)).reply).toEqual({ id: third.reply.id });
});

test("a repeat returns what was stored, and other words are refused", async () => {
  const room = await here.createRoom();
  const first = await ask(room, "once");
  const wanted = { messageId: first.messageId, content: "only once", clientId: "same" };
  const all = await Promise.all(Array.from({ length: 6 }, (_, at) => edit(wanted, at % 2 ? here : there)));
  expect(new Set(all.map(({ message }) => message.id)).size).toBe(1);
  expect(new Set(all.map(({ reply }) => reply!.id)).size).toBe(1);
  await finished(all[0]!.reply);
  const replyId = all[0]!.reply!.id;
  const conflict = { code: "CONFLICT", headId: replyId };
  expect(await refusalOfEdit({ ...wanted, content: "twice" })).toMatchObject(conflict);
  const again = { messageId: replyId, clientId: "twin" };
  const twins = await Promise.all(Array.from({ length: 6 }, (_, at) => regenerate(again, at % 2 ? here : there)));
  expect(new Set(twins.map(({ reply }) => reply.id)).size).toBe(1);
  await finished(twins[0]!.reply);
  const headId = twins[0]!.reply.id;
  expect((await regenerate(again)).reply.id).toBe(headId);
  expect(await refusalOfRegenerate({ messageId: first.replyId, clientId: "twin" })).toMatchObject({
    code: "CONFLICT",
    headId,
  });
  expect(await refusalOfRegenerate({ messageId: replyId, clientId: "same" })).toMatchObject({ code: "CONFLICT" });
  await expect(here.send(room, "", { clientId: "twin" })).rejects.toThrow("BAD_USER_INPUT");
  await expect(here.send(room, "more", { clientId: "twin" })).rejects.toThrow("CONFLICT");
  expect(await used()).toBe(3);
});

test("a stale client learns of the head, and nothing is stored while a reply is running", async () => {
  const room = await here.createRoom();
  const gate = createGate();
  const first = await ask(room, "quick");
  colloquy.gemini.onPrompt("slow", [{ text: "So" }, { waitFor: gate }]);
  const slow = await here.send(room, "slow");
  const stale = { messageId: first.messageId, content: "other", expectedLeafId: first.replyId };
  expect(await refusalOfEdit(stale)).toMatchObject({ code: "CONFLICT", headId: slow.replyId });
  expect(await refusalOfRegenerate({ messageId: first.replyId, expectedLeafId: first.replyId })).toMatchObject({
    code: "CONFLICT",
    headId: slow.replyId,
  });
  const running = { code: "REPLY_IN_PROGRESS", replyId: slow.replyId };
  expect(await refusalOfEdit({ ...stale, expectedLeafId: null })).toMatchObject(running);
  expect(await refusalOfRegenerate({ messageId: slow.replyId })).toMatchObject(running);
  gate.open();
  await here.watchReply(slow.replyId).completed;
  expect(await refusalOfEdit({ messageId: slow.replyId, content: "no question" })).toMatchObject({
    code: "BAD_USER_INPUT",
    field: "messageId",
  });
  expect(await colloquy.db.message.count({ where: { chatroomId: room } })).toBe(4);
});

test("a message has a limited number of siblings", async () => {
  const room = await here.createRoom();
  const first = await ask(room, "many");
  await colloquy.db.message.createMany({
    data: Array.from({ length: MAX_SIBLINGS - 1 }, () => ({
      id: crypto.randomUUID(),
      chatroomId: room,
      parentId: first.messageId,
      depth: 1,
      role: "ASSISTANT" as const,
      status: "COMPLETE" as const,
      content: "",
    })),
  });
  const limit = { code: "LIMIT_EXCEEDED", limit: MAX_SIBLINGS };
  expect(await refusalOfRegenerate({ messageId: first.replyId })).toMatchObject(limit);
  expect((await node(first.replyId)).siblings.total).toBe(MAX_SIBLINGS);
});

test("a branch is selected at the leaf where it was left, or else at its newest, on every device", async () => {
  const room = await here.createRoom();
  const first = await ask(room, "one");
  const second = await ask(room, "two");
  const edited = await edit({ messageId: first.messageId, content: "one, rather" });
  await finished(edited.reply);
  const watch = watchAccount(here);
  await watch.until(({ event }) => event.__typename === "AccountSnapshot");
  const back = await select({ messageId: first.messageId, expectedLeafId: edited.reply!.id });
  expect(back).toMatchObject({
    message: { id: first.messageId },
    chatroom: { id: room, leaf: { id: second.replyId } },
  });
  await watch.until(({ event }) => event.__typename === "RoomChanged");
  watch.stop();
  expect(await path(room)).toEqual([first.messageId, first.replyId, second.messageId, second.replyId]);
  // A repeat changes nothing; a stale client learns of the head.
  expect((await select({ messageId: first.messageId, expectedLeafId: edited.reply!.id })).chatroom).toEqual(
    back.chatroom,
  );
  const stale = await here.ask(SelectBranch, {
    input: { messageId: edited.message.id, expectedLeafId: first.replyId },
  });
  expect(stale.errors[0]?.extensions).toMatchObject({ code: "CONFLICT", headId: second.replyId });
  // A message in the middle of the active branch leaves the head where it is.
  expect((await select({ messageId: first.replyId })).chatroom.leaf).toEqual({ id: second.replyId });
  // What nobody has left leads to its newest leaf, and the next message follows it.
  const again = await regenerate({ messageId: first.replyId });
  await finished(again.reply);
  expect((await select({ messageId: edited.message.id })).chatroom.leaf).toEqual({ id: edited.reply!.id });
  await colloquy.db.message.updateMany({ where: { chatroomId: room }, data: { lastLeafId: null } });
  expect((await select({ messageId: first.messageId })).chatroom.leaf).toEqual({ id: again.reply.id });
  const next = await ask(room, "next");
  const seen = await seenFor("next");
  expect([seen.length, seen[0], seen[2]]).toEqual([3, "one", "next"]);
  expect((await node(next.messageId)).parent).toEqual({ id: again.reply.id });
});

test("while a reply is running another branch can be shown, and the reply goes on on its own", async () => {
  const room = await here.createRoom();
  const first = await ask(room, "before");
  const gate = createGate();
  colloquy.gemini.onPrompt("meanwhile", [{ text: "So" }, { waitFor: gate }, { text: " far" }]);
  const edited = await edit({ messageId: first.messageId, content: "meanwhile" });
  const { chatroom } = await select({ messageId: first.messageId });
  expect(chatroom).toMatchObject({ leaf: { id: first.replyId }, activeReply: { id: edited.reply!.id } });
  await expect(here.send(room, "too early")).rejects.toThrow("REPLY_IN_PROGRESS");
  const watch = there.watchMessages(room, "0");
  gate.open();
  await watch.until(({ id, status }) => id === edited.reply!.id && status === "COMPLETE");
  watch.stop();
  expect(await path(room)).toEqual([first.messageId, first.replyId]);
  expect((await select({ messageId: edited.message.id })).chatroom.leaf).toEqual({ id: edited.reply!.id });
});
