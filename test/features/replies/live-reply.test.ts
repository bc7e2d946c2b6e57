import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import { joinChunks, type TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { GetChatroom, GetMessage, GetUsage, ListRunning, SendMessage } from "../../_support/documents.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await shareColloquy();
  alice = await colloquy.signIn();
});
afterAll(() => colloquy.close());

describe.each(["ws", "sse"] as const)("over %s", (transport) => {
  test("the first token arrives before the model has finished", async () => {
    const gate = createGate();
    const question = `first token over ${transport}`;
    colloquy.gemini.onPrompt(question, [
      { text: "Early " },
      { waitFor: gate },
      { text: "and late." },
      { finish: "STOP" },
    ]);
    const room = await alice.createRoom();
    const { replyId } = await alice.send(room, question);
    const watch = alice.watchReply(replyId, undefined, transport);

    const first = await watch.until((chunk) => chunk.text.includes("Early"));
    expect(first).toMatchObject({ attempt: 1, status: "STREAMING", message: null });
    const { message: running } = await alice.request(GetMessage, { id: replyId });
    expect(running).toMatchObject({ status: "STREAMING", attempt: 1, content: "Early " });
    const fromThere = alice.watchReply(replyId, { attempt: 1, offset: "Early ".length }, transport);
    await fromThere.until(({ status }) => status === "STREAMING");

    gate.open();
    await Promise.all([watch.completed, fromThere.completed]);
    expect(joinChunks(fromThere.events, { attempt: 1, text: running?.content ?? "" }).text).toBe("Early and late.");
    expect(fromThere.events.map(({ text }) => text).join("")).toBe("and late.");
    const last = watch.events.at(-1)!;
    expect(last).toMatchObject({ status: "COMPLETE", message: { content: "Early and late.", finishReason: "STOP" } });
    expect(last.message?.replyTokens).toBeGreaterThan(0);
    expect(joinChunks(watch.events).text).toBe("Early and late.");
    const { message: stored } = await alice.request(GetMessage, { id: replyId });
    expect(stored).toMatchObject({ role: "ASSISTANT", status: "COMPLETE", content: "Early and late.", attempt: 1 });
  });

  test("a list of rooms shows the text so far, each time anew", async () => {
    const gates = [createGate(), createGate()] as const;
    const question = `a text that grows over ${transport}`;
    const [once, upon] = ["Once ", "upon "];
    colloquy.gemini.onPrompt(question, [{ text: once }, { waitFor: gates[0] }, { text: upon }, { waitFor: gates[1] }]);
    const { replyId } = await alice.send(await alice.createRoom(), question);
    const watch = alice.watchReply(replyId, undefined, transport);
    const shown = async () => {
      const { chatrooms } = await alice.request(ListRunning);
      return chatrooms.edges[0]?.node.activeReply?.content;
    };
    await watch.until(({ text }) => text === once);
    expect(await shown()).toBe(once);
    gates[0].open();
    await watch.until(({ text }) => text === upon);
    expect(await shown()).toBe(once + upon);
    gates[1].open();
    await watch.completed;
    expect(await shown()).toBeUndefined();
  });

  test("messageAdded fires for the user's message and for the reply, in that order, once each", async () => {
    const room = await alice.createRoom();
    const watch = alice.watchMessages(room, undefined, transport);
    const { messageId, replyId } = await sendWhenWatched(room, "hello there");
    await watch.until((message) => message.id === replyId);
    expect(watch.events.map(({ id, role, status }) => ({ id, role, status }))).toEqual([
      { id: messageId, role: "USER", status: "COMPLETE" },
      { id: replyId, role: "ASSISTANT", status: "COMPLETE" },
    ]);
    watch.stop();
  });

  test("messageAdded replays what was missed, in order, and goes on live", async () => {
    const room = await alice.createRoom();
    const first = await alice.send(room, "one");
    await alice.watchReply(first.replyId).completed;
    const second = await alice.send(room, "two");
    await alice.watchReply(second.replyId).completed;

    const watch = alice.watchMessages(room, first.messageId, transport);
    await watch.until((message) => message.id === second.replyId);
    const third = await alice.send(room, "three");
    await watch.until((message) => message.id === third.replyId);
    expect(watch.events.map((message) => message.id)).toEqual([
      first.replyId,
      second.messageId,
      second.replyId,
      third.messageId,
      third.replyId,
    ]);
    watch.stop();
  });

  /** Subscribing and sending are two connections: the send waits until the API has been told of the watch. */
  async function sendWhenWatched(room: string, content: string) {
    await colloquy.whenSubscribed(`message:added:${room}`);
    return alice.send(room, content);
  }
});

test("a reply that has ended is one event", async () => {
  const room = await alice.createRoom();
  const { replyId } = await alice.send(room, "quick");
  await alice.watchReply(replyId).completed;
  const late = alice.watchReply(replyId);
  await late.completed;
  expect(late.events).toHaveLength(1);
  expect(late.events[0]).toMatchObject({ offset: 0, status: "COMPLETE" });
  expect(late.events[0]?.text).toBe(late.events[0]?.message?.content);
});

test("the model gets the conversation, the system prompt and the room's model through the real SDK", async () => {
  const room = await alice.createRoom();
  await colloquy.db.chatroom.update({
    where: { id: room },
    data: { systemPrompt: "Be brief.", model: "gemini-3.8-flash" },
  });
  const first = await alice.send(room, "my name is Ada");
  await alice.watchReply(first.replyId).completed;
  const second = await alice.send(room, "what is my name, once more?");
  await alice.watchReply(second.replyId).completed;

  const request = await colloquy.gemini.nextRequest("once more?");
  expect(request).toMatchObject({ method: "streamGenerateContent", model: "gemini-3.8-flash" });
  expect(request.body.systemInstruction?.parts?.[0]?.text).toBe("Be brief.");
  expect(request.body.contents?.map(({ role }) => role)).toEqual(["user", "model", "user"]);
  expect(request.body.contents?.[0]?.parts?.[0]?.text).toBe("my name is Ada");
});

test("a send repeated with one clientId, at once and later, is one message, one reply and one charge", async () => {
  const bob = await colloquy.signIn();
  const room = await bob.createRoom();
  const input = { chatroomId: room, content: "only once", clientId: "c-1" };
  const answers = await Promise.all(Array.from({ length: 8 }, () => bob.request(SendMessage, { input })));
  await bob.watchReply(answers[0]!.sendMessage.reply!.id).completed;
  answers.push(await bob.request(SendMessage, { input }));

  expect(new Set(answers.map(({ sendMessage }) => sendMessage.message.id)).size).toBe(1);
  expect(new Set(answers.map(({ sendMessage }) => sendMessage.reply?.id)).size).toBe(1);
  expect(await colloquy.db.message.count({ where: { chatroomId: room } })).toBe(2);
  expect((await bob.request(GetUsage)).me?.usage.used).toBe(1);
});

test("one reply at a time: a send meanwhile names the running one, and nothing is stored or charged", async () => {
  const bob = await colloquy.signIn();
  const gate = createGate();
  colloquy.gemini.onPrompt("hold on", [{ text: "…" }, { waitFor: gate }]);
  const room = await bob.createRoom();
  const { replyId } = await bob.send(room, "hold on");
  const refused = await bob.ask(SendMessage, { input: { chatroomId: room, content: "impatient" } });
  expect(refused.errors[0]?.extensions).toMatchObject({ code: "REPLY_IN_PROGRESS", replyId });
  expect((await bob.request(GetChatroom, { id: room })).chatroom?.activeReply).toEqual({ id: replyId });
  expect((await bob.request(GetUsage)).me?.usage.used).toBe(1);
  gate.open();
  await bob.watchReply(replyId).completed;
  expect(await colloquy.db.message.count({ where: { chatroomId: room } })).toBe(2);
});

test("a send whose parent is no longer the head is a conflict that names the new head", async () => {
  const room = await alice.createRoom();
  const first = await alice.send(room, "one");
  await alice.watchReply(first.replyId).completed;
  const second = await alice.send(room, "two", { parentId: first.replyId });
  await alice.watchReply(second.replyId).completed;
  const late = await alice.ask(SendMessage, { input: { chatroomId: room, content: "late", parentId: first.replyId } });
  expect(late.errors[0]?.extensions).toMatchObject({ code: "CONFLICT", headId: second.replyId });
});

test("a room pages through its conversation in both directions", async () => {
  const room = await alice.createRoom();
  for (const content of ["one", "two", "three"]) {
    const { replyId } = await alice.send(room, content);
    await alice.watchReply(replyId).completed;
  }
  const texts = (answer: Awaited<ReturnType<typeof page>>) =>
    answer.edges.map(({ node }) => node.role + node.content.slice(0, 5));
  const page = async (variables: { first?: number; last?: number; after?: string; before?: string }) =>
    (await alice.request(GetChatroom, { id: room, ...variables })).chatroom!.messages;

  const all = await page({ first: 100 });
  expect(all.edges.map(({ node }) => node.role)).toEqual([
    "USER",
    "ASSISTANT",
    "USER",
    "ASSISTANT",
    "USER",
    "ASSISTANT",
  ]);
  const newest = await page({ last: 2 });
  expect(texts(newest)).toEqual(texts(all).slice(-2));
  expect(newest.pageInfo).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
  const before = await page({ last: 2, before: newest.pageInfo.startCursor! });
  expect(texts(before)).toEqual(texts(all).slice(2, 4));
  const after = await page({ first: 2, after: before.pageInfo.endCursor! });
  expect(texts(after)).toEqual(texts(all).slice(4));
});
