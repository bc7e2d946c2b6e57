import { AssistantRuntimeProvider } from "@assistant-ui/core/react";
import type { AssistantRuntime } from "@assistant-ui/core";
import { createElement } from "react";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { useColloquyRuntime } from "../../../packages/client/src/assistant-ui.ts";
import type { ShownMessage } from "../../../packages/client/src/room/drafts.ts";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import { openChatDevice } from "../../_support/chat-device.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { renderHook } from "../../_support/render-hook.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";
import { createWatch } from "../../_support/watch.ts";

let colloquy: Colloquy;
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  colloquy = await shareColloquy();
});
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});
afterAll(() => colloquy?.close());

type Thread = ReturnType<AssistantRuntime["thread"]["getState"]>;

/** A room in assistant-ui's provider: its thread, as all of its components see it. */
async function start() {
  const device = await openChatDevice(colloquy);
  open.push(device);
  const room = await device.createRoom();
  return { device, chat: device.chat, room, ...(await openThread(device, room)) };
}

async function openThread(device: Awaited<ReturnType<typeof openChatDevice>>, room: string) {
  const hook = await renderHook(
    () => useColloquyRuntime(device.chat, room),
    // The provider's type wants its children there.
    // eslint-disable-next-line react/no-children-prop
    (children, runtime) => createElement(AssistantRuntimeProvider, { runtime, children }),
  );
  open.push(hook);
  const { thread } = await hook.watch.until(() => true);
  const watch = createWatch<Thread>((sink) => {
    sink.next(thread.getState());
    return thread.subscribe(() => sink.next(thread.getState()));
  });
  open.push({ close: watch.stop });
  await watch.until(({ isLoading }) => !isLoading);
  return { thread, watch };
}

const shown = ({ messages }: Pick<Thread, "messages">) =>
  messages.map(({ role, content, status }) => [
    role,
    content.map((part) => (part.type === "text" ? part.text : part.type)).join(""),
    status?.type,
  ]);
const isDone = (count: number) => (state: Thread) => state.messages.length === count && !state.isRunning;
const ownOf = ({ metadata }: Thread["messages"][number]) => metadata.custom["message"] as ShownMessage;

test("a message is sent, its reply grows, and is stopped", async () => {
  const { thread, watch } = await start();
  const gate = createGate();
  open.push({ close: gate.open });
  colloquy.gemini.onPrompt("a question", [{ text: "Half. " }, { waitFor: gate }]);
  thread.append("a question");
  const running = await watch.until(({ messages }) => messages[1]?.content.length === 1);
  expect(running.isRunning).toBe(true);
  expect(shown(running)).toEqual([
    ["user", "a question", undefined],
    ["assistant", "Half. ", "running"],
  ]);
  thread.cancelRun();
  const stopped = await watch.until(isDone(2));
  expect(shown(stopped)[1]).toEqual(["assistant", "Half. ", "incomplete"]);
  expect(ownOf(stopped.messages[1]!)).toMatchObject({ role: "ASSISTANT", status: "STOPPED" });
  // What was shown while it was sent is the same message when it is stored.
  expect(new Set(watch.events.flatMap(({ messages }) => messages[0]?.id ?? [])).size).toBe(1);
});

test("a question is edited, and a reply asked for again", async () => {
  const { thread, watch, room } = await start();
  colloquy.gemini.onPrompt("first words", [{ text: "One." }]);
  colloquy.gemini.onPrompt("other words", [{ text: "Two." }]);
  thread.append("first words");
  await watch.until(isDone(2));
  const { composer } = thread.getMessageByIndex(0);
  composer.beginEdit();
  composer.setText("other words");
  composer.send();
  const edited = await watch.until((state) => isDone(2)(state) && shown(state)[1]?.[1] === "Two.");
  expect(shown(edited)[0]).toEqual(["user", "other words", undefined]);
  colloquy.gemini.onPrompt("other words", [{ text: "Two again." }]);
  thread.getMessageByIndex(1).reload();
  const again = await watch.until((state) => isDone(2)(state) && shown(state)[1]?.[1] === "Two again.");
  expect(ownOf(again.messages[1]!).siblings).toMatchObject({ index: 1, total: 2 });
  expect(await colloquy.db.message.count({ where: { chatroomId: room } })).toBe(5);
});

test("its branch picker leads to other versions, in their order, and back", async () => {
  const device = await openChatDevice(colloquy);
  open.push(device);
  const room = await device.createRoom();
  const other = device.chat.watchRoom(room);
  open.push({ close: other.subscribe(() => {}) });
  const texts = () => other.getSnapshot().messages.map(({ content }) => content);
  for (const text of ["One.", "Two.", "Three."]) colloquy.gemini.onPrompt("a question of versions", [{ text }]);
  await other.send("a question of versions");
  const reply = () =>
    other
      .getSnapshot()
      .messages.slice(1)
      .map(({ content, status }) => [content, status]);
  await expect.poll(reply).toEqual([["One.", "COMPLETE"]]);
  for (const text of ["Two.", "Three."]) {
    await other.regenerate();
    await expect.poll(reply).toEqual([[text, "COMPLETE"]]);
  }

  // A device that comes when all of them are there knows the one beside it alone.
  const { thread } = await openThread(device, room);
  const version = (index: number) => () => {
    const { branchNumber, branchCount } = thread.getMessageByIndex(index).getState();
    return [shown(thread.getState()).at(-1)?.[1], branchNumber, branchCount];
  };
  await expect.poll(version(1)).toEqual(["Three.", 3, 3]);
  for (const [position, ...expected] of [
    ["previous", "Two.", 2, 3],
    ["previous", "One.", 1, 3],
    ["next", "Two.", 2, 3],
  ] as const) {
    thread.getMessageByIndex(1).switchToBranch({ position });
    await expect.poll(version(1)).toEqual(expected);
    await expect.poll(texts).toEqual(["a question of versions", expected[0]]);
  }

  colloquy.gemini.onPrompt("other words of it", [{ text: "Four." }]);
  const { composer } = thread.getMessageByIndex(0);
  composer.beginEdit();
  composer.setText("other words of it");
  composer.send();
  await expect.poll(version(0)).toEqual(["Four.", 2, 2]);
  await expect.poll(() => thread.getState().isRunning).toBe(false);
  thread.getMessageByIndex(0).switchToBranch({ position: "previous" });
  await expect.poll(version(0)).toEqual(["Two.", 1, 2]);
});

test("thoughts, sources and what the model did are parts, and a failed reply says why", async () => {
  const { chat, thread, watch, room } = await start();
  const settings = "{ showThoughts: true, search: true, codeExecution: true }";
  await chat.request(
    `mutation { updateChatroom(input: { id: "${room}", settings: ${settings} }) { chatroom { id } } }`,
    {},
  );
  thread.append("[[fake: think=3]] [[fake: search=2]] [[fake: code]] [[fake: chunks=4 size=20]]");
  const first = await watch.until((state) => isDone(2)(state) && state.messages[1]?.status?.type === "complete");
  expect(new Set(first.messages[1]?.content.map(({ type }) => type))).toEqual(
    new Set(["reasoning", "data", "text", "source"]),
  );
  thread.append("[[fake: block]]");
  const failed = await watch.until((state) => isDone(4)(state) && state.messages[3]?.status?.type === "incomplete");
  expect(failed.messages[3]?.status).toMatchObject({
    reason: "content-filter",
    error: expect.stringMatching(/block/i) as string,
  });
});
