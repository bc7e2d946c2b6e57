import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { MAX_QUEUED } from "../../../src/features/messages/queued-message.ts";
import { createGate, type Gate } from "../../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../../_support/client.ts";
import type { ResultOf } from "../../_support/client-types.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { GetChatroom, GetUsage, RetryReply, StopReply } from "../../_support/documents.ts";
import {
  CancelQueued,
  GetQueue,
  GetQueued,
  ResumeQueue,
  RoomQueueChanged,
  SendQueued,
  UpdateQueued,
} from "../../_support/queue-documents.ts";
import { createWatch } from "../../_support/watch.ts";

let colloquy: Colloquy;
/** One user on both APIs. */
let here: TestClient;
let there: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy({ apis: 2, workers: 2 });
});
afterAll(() => colloquy.close());

beforeEach(async () => {
  here = await colloquy.signIn();
  there = colloquy.elsewhere(here);
});

type Input = Parameters<typeof here.request<typeof SendQueued>>[1]["input"];

const queue = async (chatroomId: string, content: string, more: Partial<Input> = {}, client = here) =>
  (await client.request(SendQueued, { input: { chatroomId, content, whileReplying: "QUEUE", ...more } })).sendMessage;
const queueCode = async (chatroomId: string, content: string, more: Partial<Input> = {}) =>
  (await here.ask(SendQueued, { input: { chatroomId, content, whileReplying: "QUEUE", ...more } })).errors[0]
    ?.extensions;
const state = async (id: string, client = there) => (await client.request(GetQueue, { id })).chatroom!;
const waiting = async (id: string) => (await state(id)).queue.map(({ content }) => content);
const used = async () => (await there.request(GetUsage)).me?.usage.used;
const texts = async (id: string) =>
  (await there.request(GetChatroom, { id })).chatroom!.messages.edges.map(({ node }) => node.content);

let rooms = 0;

/** A room with a reply that is being written, and ends when the gate opens. */
async function startReply(): Promise<{ room: string; messageId: string; replyId: string; gate: Gate }> {
  const gate = createGate();
  const prompt = `begin ${(rooms += 1)}`;
  colloquy.gemini.onPrompt(prompt, [{ text: "So far" }, { waitFor: gate }, { text: ", done." }]);
  const room = await here.createRoom();
  const sent = await here.send(room, prompt);
  await here.watchReply(sent.replyId).until(({ text }) => text !== "");
  return { room, ...sent, gate };
}

/** Resolves when a message has its whole reply. */
async function answered(room: string, messageId: string) {
  const watch = there.watchMessages(room, "0");
  await watch.until(({ id }) => id === messageId);
  const reply = await colloquy.db.message.findFirstOrThrow({ where: { parentId: messageId } });
  const ended = await watch.until(({ id, status }) => id === reply.id && !["PENDING", "STREAMING"].includes(status));
  watch.stop();
  return ended;
}

test("messages wait on every device, are no part of the conversation, and are taken up in order", async () => {
  const { room, replyId, gate } = await startReply();
  const watch = there.watchMessages(room, "0");
  const first = await queue(room, "first", { clientId: "1", settings: { showThoughts: true } });
  expect(first).toEqual({
    message: {
      id: first.message.id,
      status: "QUEUED",
      content: "first",
      clientId: "1",
      position: "0",
      model: "gemini-3.5-flash-lite",
      settings: { thinking: null, showThoughts: true },
      parts: [{ __typename: "TextPart" }],
      parent: null,
      chatroom: { id: room },
    },
    reply: null,
    chatroom: await state(room),
  });
  const second = await queue(room, "second", {}, there);
  const { message, node } = await there.request(GetQueued, { id: first.message.id });
  expect([message, node]).toEqual([first.message, first.message]);
  expect(await state(room)).toMatchObject({
    queue: [
      { id: first.message.id, content: "first" },
      { id: second.message.id, content: "second" },
    ],
    queuePausedBecause: null,
    activeReply: { id: replyId },
  });
  expect(await texts(room)).toHaveLength(2);
  expect(await colloquy.db.message.count({ where: { chatroomId: room } })).toBe(2);
  expect(await used()).toBe(3);

  gate.open();
  await answered(room, second.message.id);
  expect(await waiting(room)).toEqual([]);
  const path = await colloquy.db.message.findMany({ where: { chatroomId: room }, orderBy: { depth: "asc" } });
  expect(
    path
      .map(({ content }) => content)
      .filter((_, at) => at % 2 === 0)
      .slice(1),
  ).toEqual(["first", "second"]);
  expect(path.map(({ depth }) => depth)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(path.slice(1).map(({ parentId }) => parentId)).toEqual(path.slice(0, -1).map(({ id }) => id));
  expect(path[2]).toMatchObject({
    id: first.message.id,
    clientId: "1",
    status: "COMPLETE",
    model: null,
    settings: null,
  });
  expect(path[3]).toMatchObject({ settings: { showThoughts: true }, reservedCost: null });
  const added = watch.events.filter(({ status }) => status === "COMPLETE");
  expect(added.map(({ id }) => id)).toEqual(path.map(({ id }) => id));
  watch.stop();
  expect(await used()).toBe(3);
  // A repeat returns what the message has become; other words are refused.
  const again = await queue(room, "first", { clientId: "1", parentId: replyId });
  expect([again.message.id, again.reply?.id]).toEqual([path[2]!.id, path[3]!.id]);
  expect(await queueCode(room, "other", { clientId: "1" })).toMatchObject({ code: "CONFLICT" });
});

test("without anything to wait for a message is sent at once; with REJECT it is refused as ever", async () => {
  const room = await here.createRoom();
  const sent = await queue(room, "alone");
  expect(sent).toMatchObject({ message: { status: "COMPLETE" }, reply: { status: "PENDING" } });
  const { room: busy, gate } = await startReply();
  expect(await queueCode(busy, "now", { whileReplying: null })).toMatchObject({ code: "REPLY_IN_PROGRESS" });
  expect(await queueCode(busy, "now", { whileReplying: "REJECT" })).toMatchObject({ code: "REPLY_IN_PROGRESS" });
  gate.open();
});

test("a queue has its limit, also for many sends at once, and repeats are one message", async () => {
  const { room, gate } = await startReply();
  const repeats = await Promise.all(
    Array.from({ length: 6 }, (_, at) => queue(room, "once", { clientId: "c" }, at % 2 ? here : there)),
  );
  expect(new Set(repeats.map(({ message }) => message.id)).size).toBe(1);
  const codes = await Promise.all(Array.from({ length: MAX_QUEUED + 4 }, (_, at) => queueCode(room, `no. ${at}`)));
  const refused = codes.filter((code) => code !== undefined);
  expect(refused).toHaveLength(5);
  for (const code of refused) expect(code).toMatchObject({ code: "QUEUE_FULL", limit: MAX_QUEUED });
  expect(await waiting(room)).toHaveLength(MAX_QUEUED);
  expect(await used()).toBe(MAX_QUEUED + 1);
  await here.request(StopReply, { messageId: (await state(room)).activeReply!.id });
  gate.open();
});

test("a queued message can be changed and cancelled, which gives it back, until it is taken up", async () => {
  const { room, gate } = await startReply();
  const [first, second, third] = [await queue(room, "one"), await queue(room, "two"), await queue(room, "three")];
  const { updateQueued } = await there.request(UpdateQueued, {
    input: { id: second.message.id, content: "two, or so", modelId: "gemini-3.7-flash", settings: { thinking: "LOW" } },
  });
  expect(updateQueued.message).toMatchObject({
    content: "two, or so",
    model: "gemini-3.7-flash",
    settings: { thinking: "LOW", showThoughts: false },
  });
  const { cancelQueued } = await there.request(CancelQueued, { id: first.message.id });
  expect(cancelQueued.message).toEqual(first.message);
  expect(cancelQueued.chatroom.queue.map(({ content }) => content)).toEqual(["two, or so", "three"]);
  expect(await used()).toBe(3);
  const cancel = async (id: string) => (await here.ask(CancelQueued, { id })).errors[0]?.extensions["code"];
  expect(await cancel(first.message.id)).toBe("NOT_FOUND");
  const stranger = await colloquy.signIn();
  expect((await stranger.ask(CancelQueued, { id: third.message.id })).errors[0]?.extensions["code"]).toBe("NOT_FOUND");

  gate.open();
  await answered(room, third.message.id);
  expect(await cancel(second.message.id)).toBe("CONFLICT");
  const late = await here.ask(UpdateQueued, { input: { id: second.message.id, content: "late" } });
  expect(late.errors[0]?.extensions["code"]).toBe("CONFLICT");
  const { model } = await colloquy.gemini.nextRequest("two, or so");
  expect(model).toBe("gemini-3.7-flash");
  expect(await used()).toBe(3);
});

test("a stop pauses the queue until it is resumed; a retry of what failed resumes it as well", async () => {
  const { room, replyId, gate } = await startReply();
  const queued = await queue(room, "after the stop");
  await there.request(StopReply, { messageId: replyId });
  gate.open();
  expect(await state(room)).toMatchObject({ queuePausedBecause: "STOPPED", activeReply: null });
  // More is queued behind, and what is sent at once goes first and leaves the pause.
  const last = await queue(room, "last");
  expect(last.message.status).toBe("QUEUED");
  const at = await here.send(room, "at once");
  expect(await answered(room, at.messageId)).toMatchObject({ status: "COMPLETE" });
  expect(await state(room)).toMatchObject({ queuePausedBecause: "STOPPED", activeReply: null });

  const resumed = createGate();
  colloquy.gemini.onPrompt("after the stop", [{ waitFor: resumed }, { blockPrompt: "SAFETY" }]);
  const { resumeQueue } = await there.request(ResumeQueue, { id: room });
  expect(resumeQueue).toMatchObject({
    message: { id: queued.message.id },
    reply: { id: resumeQueue.chatroom.activeReply?.id },
    chatroom: { queue: [{ content: "last" }], queuePausedBecause: null },
  });
  resumed.open();
  expect(await answered(room, queued.message.id)).toMatchObject({ status: "BLOCKED" });
  expect(await state(room)).toMatchObject({ queuePausedBecause: "BLOCKED", queue: [{ content: "last" }] });

  await here.request(RetryReply, { messageId: resumeQueue.reply!.id });
  expect((await state(room)).queuePausedBecause).toBeNull();
  expect(await answered(room, last.message.id)).toMatchObject({ status: "COMPLETE" });
  expect((await there.request(ResumeQueue, { id: room })).resumeQueue).toMatchObject({ message: null, reply: null });
});

test("the last message that is cancelled ends the pause", async () => {
  const { room, gate, replyId } = await startReply();
  const [one, two] = [await queue(room, "one"), await queue(room, "two")];
  await here.request(StopReply, { messageId: replyId });
  gate.open();
  await there.request(CancelQueued, { id: one.message.id });
  expect((await state(room)).queuePausedBecause).toBe("STOPPED");
  await there.request(CancelQueued, { id: two.message.id });
  expect(await state(room)).toMatchObject({ queue: [], queuePausedBecause: null });
  expect(await used()).toBe(1);
  expect(await texts(room)).toHaveLength(2);
});

test("a message that interrupts follows what was written until then, and the queue goes on after it", async () => {
  const { room, replyId, gate } = await startReply();
  const queued = await queue(room, "later");
  const sent = await queue(room, "stop, rather this", { whileReplying: "INTERRUPT", parentId: replyId }, there);
  expect(sent).toMatchObject({
    message: { status: "COMPLETE", parent: { id: replyId } },
    reply: { status: "PENDING" },
  });
  expect(sent.chatroom).toMatchObject({ queuePausedBecause: null, queue: [{ content: "later" }] });
  gate.open();
  await answered(room, queued.message.id);
  const path = await texts(room);
  expect([path[1], path[2], path[4]]).toEqual(["So far", "stop, rather this", "later"]);
  const stopped = await colloquy.db.message.findUniqueOrThrow({ where: { id: replyId } });
  expect(stopped).toMatchObject({ status: "STOPPED", content: "So far" });
});

test("another device hears of each change of a queue, and has it with the event", async () => {
  const { room, replyId, gate } = await startReply();
  const states: unknown[] = [];
  const watch = createWatch<void>((sink) =>
    there.connect().subscribe<ResultOf<typeof RoomQueueChanged>>(
      { query: RoomQueueChanged.toString(), variables: { after: "0" } },
      {
        next({ data, errors }) {
          if (errors) return sink.error(errors);
          const event = data?.accountChanged;
          if (event?.__typename !== "RoomChanged") return;
          const { queue: waits, queuePausedBecause } = event.chatroom;
          states.push({ waits: waits.map(({ content }) => content), because: queuePausedBecause });
          sink.next();
        },
        error: sink.error,
        complete: sink.complete,
      },
    ),
  );
  watch.completed.catch((error: unknown) => states.push(error));
  const whenSeen = async (waits: string[], because: string | null) => {
    await expect.poll(() => states.at(-1), { timeout: 15_000 }).toEqual({ waits, because });
  };
  const one = await queue(room, "one");
  await whenSeen(["one"], null);
  await here.request(UpdateQueued, { input: { id: one.message.id, content: "one, changed" } });
  await whenSeen(["one, changed"], null);
  const two = await queue(room, "two");
  await whenSeen(["one, changed", "two"], null);
  await here.request(StopReply, { messageId: replyId });
  gate.open();
  await whenSeen(["one, changed", "two"], "STOPPED");
  await here.request(CancelQueued, { id: two.message.id });
  await whenSeen(["one, changed"], "STOPPED");
  await here.request(ResumeQueue, { id: room });
  await whenSeen([], null);
  watch.stop();
});
