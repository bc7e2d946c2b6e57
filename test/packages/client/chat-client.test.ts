import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { WatchRoom } from "../../../packages/client/src/documents.ts";
import type { RoomState } from "../../../packages/client/src/room/room-state.ts";
import type { Store } from "../../../packages/client/src/store.ts";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import { openChatDevice, watchStore, type ChatDevice } from "../../_support/chat-device.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";
import type { Watch } from "../../_support/watch.ts";

let colloquy: Colloquy;
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  colloquy = await shareColloquy();
});
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});
afterAll(() => colloquy?.close());

/** All states of a store, from now on, as long as the test lasts. */
function follow<State>(store: Store<State>): Watch<State> {
  const watch = watchStore(store);
  open.push({ close: watch.stop });
  return watch;
}

/** A device of a new user, or of one that is there. */
async function start(transport: "ws" | "sse", phone?: string): Promise<ChatDevice> {
  const device = await openChatDevice(colloquy, { transport, phone });
  open.push(device);
  return device;
}

const shown = ({ messages, live }: RoomState) =>
  messages.map(({ id, content, status }) => [id === live?.id ? live.text : content, status]);
const isDone = (count: number) => (state: RoomState) =>
  state.messages.length === count && state.live === null && state.messages.every(({ status }) => status === "COMPLETE");

describe.each(["ws", "sse"] as const)("a chat client over %s", (transport) => {
  test("shows a message at once, its reply as it is written, and both on another device", async () => {
    const { chat, proxy, phone, createRoom } = await start(transport);
    const id = await createRoom();
    const room = chat.watchRoom(id);
    const here = follow(room);
    expect(await here.until(({ status }) => status === "ready")).toMatchObject({
      title: "A room",
      messages: [],
      live: null,
    });
    const there = follow((await start(transport, phone)).chat.watchRoom(id));
    await there.until(({ status, connection }) => status === "ready" && connection === "live");

    const gate = createGate();
    colloquy.gemini.onPrompt("a question", [{ text: "Half. " }, { waitFor: gate }, { text: "Whole." }]);
    const sent = room.send("a question");
    expect(shown(room.getSnapshot())).toEqual([["a question", "SENDING"]]);
    expect(await sent).toBe(true);
    await here.until(({ live }) => live?.text === "Half. ");
    await there.until(({ live }) => live?.text === "Half. ");
    proxy.cut();
    await here.until(({ connection }) => connection !== "live");
    gate.open();
    for (const watch of [here, there]) {
      const last = await watch.until(isDone(2));
      expect(shown(last)).toEqual([
        ["a question", "COMPLETE"],
        ["Half. Whole.", "COMPLETE"],
      ]);
      // Never twice, not even for a moment, and never shorter.
      for (const { messages } of watch.events)
        expect(new Set(messages.map(({ content, role }) => role + content)).size).toBe(messages.length);
      const texts = watch.events.flatMap(({ live }) => live?.text ?? []);
      expect(texts.toSorted((one, other) => one.length - other.length)).toEqual(texts);
    }
  });

  test("edits, regenerates and selects branches, and another device follows", async () => {
    const { chat, phone, createRoom } = await start(transport);
    const id = await createRoom();
    const room = chat.watchRoom(id);
    const here = follow(room);
    const there = follow((await start(transport, phone)).chat.watchRoom(id));
    await here.until(({ status }) => status === "ready");
    await there.until(({ status, connection }) => status === "ready" && connection === "live");
    colloquy.gemini.onPrompt("first words", [{ text: "One." }]);
    colloquy.gemini.onPrompt("other words", [{ text: "Two." }]);
    await room.send("first words");
    const [question] = (await here.until(isDone(2))).messages;

    const editing = room.edit(question!.id, "other words");
    expect(shown(room.getSnapshot())).toEqual([["other words", "SENDING"]]);
    await editing;
    const edited = (state: RoomState) => isDone(2)(state) && state.messages[1]?.content === "Two.";
    const { messages } = await here.until(edited);
    expect(messages[0]).toMatchObject({
      content: "other words",
      siblings: { index: 1, total: 2, previousId: question!.id },
    });
    await there.until(edited);

    colloquy.gemini.onPrompt("other words", [{ text: "Two again." }]);
    await room.regenerate();
    const again = await here.until((state) => isDone(2)(state) && state.messages[1]?.siblings.total === 2);
    expect(again.messages[1]).toMatchObject({ content: "Two again.", siblings: { index: 1 } });
    await there.until((state) => isDone(2)(state) && state.messages[1]?.siblings.total === 2);

    await room.select(question!.id);
    // Where a page that was asked for later has come first, the room is read once more.
    const isBack = (state: RoomState) => isDone(2)(state) && state.messages[1]?.content === "One.";
    expect(shown(await here.until(isBack)).map(([content]) => content)).toEqual(["first words", "One."]);
    await there.until(isBack);
  });

  test("queues what is sent while a reply is running, and stops it", async () => {
    const { chat, createRoom } = await start(transport);
    const room = chat.watchRoom(await createRoom());
    const here = follow(room);
    await here.until(({ status }) => status === "ready");
    const gate = createGate();
    open.push({ close: gate.open });
    colloquy.gemini.onPrompt("a long one", [{ text: "So far" }, { waitFor: gate }]);
    await room.send("a long one");
    await here.until(({ live }) => live?.text === "So far");
    expect(await room.send("and then?")).toBe(true);
    expect(room.getSnapshot()).toMatchObject({ queue: [{ content: "and then?" }], messages: { length: 2 } });
    await room.stop();
    const stopped = await here.until(
      ({ live, queuePausedBecause }) => live === null && queuePausedBecause === "STOPPED",
    );
    expect(shown(stopped)).toEqual([
      ["a long one", "COMPLETE"],
      ["So far", "STOPPED"],
    ]);
    colloquy.gemini.onPrompt("and then?", [{ text: "Then this." }]);
    await room.resumeQueue();
    const last = await here.until(
      ({ messages, live, queue }) => messages.length === 4 && live === null && queue.length === 0,
    );
    expect(shown(last)[3]).toEqual(["Then this.", "COMPLETE"]);
  });

  test("first shows what a running reply has, and goes on from there", async () => {
    const { chat, phone, createRoom } = await start(transport);
    const id = await createRoom();
    const room = chat.watchRoom(id);
    const here = follow(room);
    const gate = createGate();
    colloquy.gemini.onPrompt("before the page", [{ text: "Seen so far" }, { waitFor: gate }, { text: ", and more." }]);
    await room.send("before the page");
    await here.until(({ live }) => live?.text === "Seen so far");
    const there = follow((await start(transport, phone)).chat.watchRoom(id));
    const first = await there.until(({ status }) => status === "ready");
    expect(first.live?.text).toBe("Seen so far");
    gate.open();
    expect(shown(await there.until(isDone(2)))[1]).toEqual(["Seen so far, and more.", "COMPLETE"]);
  });

  test("keeps a message that could not be sent, until it is sent again or discarded", async () => {
    const { chat, proxy, createRoom } = await start(transport);
    const room = chat.watchRoom(await createRoom());
    const here = follow(room);
    await here.until(({ status }) => status === "ready");
    expect(await room.send("x".repeat(40_000))).toBe(false);
    const [failed] = room.getSnapshot().messages;
    expect(failed).toMatchObject({ status: "NOT_SENT", error: { code: "BAD_USER_INPUT", retryable: false } });
    room.discard(failed!.id);
    expect(room.getSnapshot().messages).toEqual([]);

    colloquy.gemini.onPrompt("through a bad network", [{ text: "Here." }]);
    proxy.refuse();
    proxy.cut();
    const sending = room.send("through a bad network");
    await proxy.when(({ refused }) => refused >= 2);
    proxy.accept();
    expect(await sending).toBe(true);
    expect(shown(await here.until(isDone(2)))).toEqual([
      ["through a bad network", "COMPLETE"],
      ["Here.", "COMPLETE"],
    ]);
  });

  test("loads older messages, and knows a room that is gone, and that it is back", async () => {
    const { chat, phone, createRoom } = await start(transport);
    const id = await createRoom();
    const sends = Array.from({ length: 18 }, (_, index) => `message ${index}`);
    for (const content of sends) {
      colloquy.gemini.onPrompt(content, [{ text: `answer to ${content}` }]);
      await chat.watchRoom(id).send(content);
    }
    await expect
      .poll(
        async () =>
          (
            await chat.request<{ chatroom: { queue: [] } }, object>(
              `{ chatroom(id: "${id}") { queue { id } activeReply { id } } }`,
              {},
            )
          ).chatroom,
      )
      .toEqual({ queue: [], activeReply: null });
    const room = (await start(transport, phone)).chat.watchRoom(id);
    const here = follow(room);
    const first = await here.until(({ status, messages }) => status === "ready" && messages.length === 30);
    expect(first.hasOlder).toBe(true);
    await room.loadOlder();
    const all = room.getSnapshot();
    expect(all.hasOlder).toBe(false);
    expect(all.messages.filter(({ role }) => role === "USER").map(({ content }) => content)).toEqual(sends);

    await chat.request(`mutation { deleteChatroom(id: "${id}") { id } }`, {});
    await here.until(({ status }) => status === "missing");
    await chat.request(`mutation { restoreChatroom(id: "${id}") { chatroom { id } } }`, {});
    const restored = here.events.length;
    await here.until((state) => here.events.indexOf(state) >= restored && state.status === "ready");
  });

  test("shows the account, and each change of its rooms", async () => {
    const { chat, phone, createRoom } = await start(transport);
    const account = follow(chat.watchAccount());
    expect(await account.until(({ status }) => status === "ready")).toMatchObject({ user: { phone }, rooms: [] });
    const first = await createRoom();
    const second = await createRoom();
    await account.until(({ rooms }) => rooms.length === 2);
    await chat.watchRoom(first).send("hello");
    const { rooms } = await account.until(
      (state) => state.rooms[0]?.lastMessagePreview !== null && state.rooms[0]?.activeReply === null,
    );
    expect(rooms.map(({ id }) => id)).toEqual([first, second]);
    await account.until(({ user }) => user?.usage.used === 1);
    await chat.request(`mutation { deleteChatroom(id: "${second}") { id } }`, {});
    await account.until((state) => state.rooms.length === 1);
  });
});

test("a chat client is closed without a word while its socket is made", async () => {
  const unheard = vi.fn<(error: unknown) => void>();
  process.on("unhandledRejection", unheard);
  open.push({ close: () => process.off("unhandledRejection", unheard) });
  const { chat, proxy, createRoom } = await start("ws");
  const room = await createRoom();
  const refused = proxy.when(() => proxy.counts.refused > 0);
  proxy.refuse();
  proxy.cut();
  chat.live.subscribe({ query: WatchRoom, variables: { chatroomId: room } }, { next() {}, error() {}, complete() {} });
  await chat.tokens.get();
  chat.close();
  await refused;
  // What nobody caught is told of before the next round of the event loop.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(unheard).not.toHaveBeenCalled();
});
