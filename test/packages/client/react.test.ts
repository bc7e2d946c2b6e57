import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { useAccount, useReply, useRoom } from "../../../packages/client/src/react.ts";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import { openChatDevice, type ChatDevice } from "../../_support/chat-device.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { renderHook, type RenderedHook } from "../../_support/render-hook.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";

let colloquy: Colloquy;
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  colloquy = await shareColloquy();
});
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});
afterAll(() => colloquy?.close());

async function start(): Promise<ChatDevice> {
  const device = await openChatDevice(colloquy);
  open.push(device);
  return device;
}

async function show<Value>(useHook: () => Value): Promise<RenderedHook<Value>> {
  const hook = await renderHook(useHook);
  open.push(hook);
  return hook;
}

test("useRoom shows what is sent and written, and its actions stay the same", async () => {
  const { chat, proxy, createRoom } = await start();
  const id = await createRoom();
  const { watch, current } = await show(() => useRoom(chat, id));
  const ready = await watch.until(({ status }) => status === "ready");
  expect(watch.events[0]).toMatchObject({ status: "loading", messages: [] });
  const [more, gate] = [createGate(), createGate()];
  colloquy.gemini.onPrompt("a question", [
    { text: "Half. " },
    { waitFor: more },
    { text: "More. " },
    { waitFor: gate },
    { text: "Whole." },
  ]);
  const sending = ready.send("a question");
  await watch.until(({ messages }) => messages[0]?.status === "SENDING");
  await sending;
  const half = await watch.until(({ live }) => live?.text === "Half. ");
  more.open();
  const grown = await watch.until(({ live }) => live?.text === "Half. More. ");
  proxy.cut();
  gate.open();
  const last = await watch.until(({ live, messages }) => live === null && messages[1]?.status === "COMPLETE");
  expect(last.messages.map(({ content }) => content)).toEqual(["a question", "Half. More. Whole."]);
  // What is shown while the reply grows need not be drawn again.
  expect(grown.messages).toBe(half.messages);
  expect(current().send).toBe(ready.send);
});

test("useRoom follows its room's id, and useAccount lists the rooms", async () => {
  const { chat, phone, createRoom } = await start();
  const rooms = [await createRoom(), await createRoom()];
  await chat.watchRoom(rooms[1]!).send("in the second room");
  let id = rooms[0]!;
  const { watch, render } = await show(() => ({ account: useAccount(chat), room: useRoom(chat, id) }));
  const first = await watch.until(({ account, room }) => account.rooms.length === 2 && room.status === "ready");
  expect(first.account).toMatchObject({ status: "ready", user: { phone }, hasMoreRooms: false });
  expect(first.room.messages).toEqual([]);
  id = rooms[1]!;
  render();
  await watch.until(({ room }) => room.messages[0]?.content === "in the second room");
});

test("useReply shows a reply from its beginning to its end", async () => {
  const { chat, createRoom } = await start();
  const room = chat.watchRoom(await createRoom());
  colloquy.gemini.onPrompt("a question", [{ text: "An answer." }]);
  const leave = room.subscribe(() => {});
  await room.send("a question");
  const replyId = room.getSnapshot().messages.at(-1)!.id;
  const { watch } = await show(() => useReply(chat, replyId));
  const last = await watch.until(({ message }) => message !== null);
  expect(last).toMatchObject({ text: "An answer.", status: "COMPLETE", error: null });
  leave();
});
