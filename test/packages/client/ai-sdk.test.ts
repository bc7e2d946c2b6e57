import { AbstractChat, type ChatState, type ChatStatus } from "ai";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  createChatTransport,
  lastStepOf,
  loadMessages,
  type ColloquyUiMessage,
} from "../../../packages/client/src/ai-sdk.ts";
import type { ChatClient } from "../../../packages/client/src/create-chat-client.ts";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import { numberedText } from "../../../tools/fakes/gemini/text.ts";
import { openChatDevice, type ChatDevice } from "../../_support/chat-device.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";
import { createWatch, type Watch } from "../../_support/watch.ts";

let colloquy: Colloquy;
const open: { close(): unknown }[] = [];

beforeAll(async () => {
  colloquy = await shareColloquy();
});
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});
afterAll(() => colloquy?.close());

/** What the AI SDK's hooks keep in React's or Vue's state. */
class Held implements ChatState<ColloquyUiMessage> {
  #status: ChatStatus = "ready";
  #messages: ColloquyUiMessage[];
  #tell: () => void;
  error: Error | undefined;

  constructor(messages: ColloquyUiMessage[], tell: () => void) {
    this.#messages = messages;
    this.#tell = tell;
  }
  get status() {
    return this.#status;
  }
  set status(status) {
    this.#status = status;
    this.#tell();
  }
  get messages() {
    return this.#messages;
  }
  set messages(messages) {
    this.#messages = messages;
    this.#tell();
  }
  pushMessage = (message: ColloquyUiMessage) => void (this.messages = [...this.messages, message]);
  popMessage = () => void (this.messages = this.messages.slice(0, -1));
  replaceMessage = (index: number, message: ColloquyUiMessage) =>
    void (this.messages = this.messages.with(index, structuredClone(message)));
  snapshot = <Thing>(thing: Thing): Thing => structuredClone(thing);
}

class Chat extends AbstractChat<ColloquyUiMessage> {}

type Shown = { status: ChatStatus; error: Error | undefined; messages: [role: string, text: string][] };
type Page = { ai: Chat; watch: Watch<Shown> };

/** A page that shows a room by the AI SDK. */
async function openPage(chat: ChatClient, room: string): Promise<Page> {
  let tell = () => {};
  const state = new Held(await loadMessages(chat, room), () => tell());
  const ai = new Chat({ id: room, transport: createChatTransport(chat), state });
  const show = (): Shown => ({ status: ai.status, error: ai.error, messages: ai.messages.map(textOf) });
  const watch = createWatch<Shown>((sink) => {
    tell = () => sink.next(show());
    return () => {};
  });
  open.push({ close: watch.stop });
  return { ai, watch };
}

const textOf = (message: ColloquyUiMessage): [string, string] => [
  message.role,
  lastStepOf(message)
    .map((part) => (part.type === "text" ? part.text : ""))
    .join(""),
];

async function start(): Promise<ChatDevice & { room: string }> {
  const device = await openChatDevice(colloquy);
  open.push(device);
  return { ...device, room: await device.createRoom() };
}

const shows = (text: string) => (shown: Shown) => shown.messages.at(-1)?.[1] === text;
const QUESTION = ["user", "a question"];

test("a message is sent under its own id, and its reply is streamed over a lost connection", async () => {
  const { chat, proxy, room } = await start();
  const { ai, watch } = await openPage(chat, room);
  const gate = createGate();
  colloquy.gemini.onPrompt("a question", [{ text: "Half. " }, { waitFor: gate }, { text: "Whole." }]);
  const sending = ai.sendMessage({ text: "a question" });
  expect(await watch.until(shows("Half. "))).toMatchObject({
    status: "streaming",
    messages: [QUESTION, ["assistant", "Half. "]],
  });
  proxy.cut();
  gate.open();
  await sending;
  expect(ai.status).toBe("ready");
  expect(ai.messages.map(textOf)).toEqual([QUESTION, ["assistant", "Half. Whole."]]);
  expect(ai.lastMessage).toMatchObject({ role: "assistant", metadata: { status: "COMPLETE", error: null } });
  const stored = await colloquy.db.message.findMany({ where: { chatroomId: room }, orderBy: { seq: "asc" } });
  expect(stored.map(({ clientId }) => clientId)).toEqual([ai.messages[0]?.id, null]);
  expect(stored[1]?.id).toBe(ai.lastMessage?.id);
});

test("thoughts, sources and what the model did become parts, those of the stored message", async () => {
  const { chat, room } = await start();
  const settings = { showThoughts: true, thinking: "LOW", search: true, codeExecution: true };
  const { ai } = await openPage(chat, room);
  const text = "[[fake: think=3]] [[fake: search=2]] [[fake: code]] [[fake: chunks=4 size=20]]";
  await ai.sendMessage({ text }, { body: { settings, chatroomId: "what else is in there is not passed on" } });
  expect(ai.error).toBeUndefined();
  const parts = lastStepOf(ai.lastMessage!);
  expect(new Set(parts.map(({ type }) => type))).toEqual(new Set(["reasoning", "data-part", "text", "source-url"]));
  expect(parts.filter(({ type }) => type === "source-url")).toHaveLength(2);
  const reloaded = (await loadMessages(chat, room)).at(-1);
  expect(reloaded?.id).toBe(ai.lastMessage?.id);
  // Where a part comes much later than the text that it stands in, it follows that.
  const ofType = (message: ColloquyUiMessage) => {
    const [thoughts, texts, data] = (["reasoning", "text", "data-part"] as const).map((type) =>
      lastStepOf(message).filter((part) => part.type === type),
    );
    return { thought: joined(thoughts), text: joined(texts), data: data?.map((part) => "data" in part && part.data) };
  };
  const own = ofType(ai.lastMessage!);
  expect(own).toEqual({ ...ofType(reloaded!), text: expect.stringContaining(ofType(reloaded!).text) as string });
});

const joined = (parts: ColloquyUiMessage["parts"] = []) =>
  parts.map((part) => ("text" in part ? part.text : "")).join("");

test("to stop the chat stops the reply, and the next message can be sent at once", async () => {
  const { chat, room } = await start();
  const { ai, watch } = await openPage(chat, room);
  const gate = createGate();
  open.push({ close: gate.open });
  colloquy.gemini.onPrompt("a long one", [{ text: "So far" }, { waitFor: gate }]);
  colloquy.gemini.onPrompt("and then?", [{ text: "Then this." }]);
  const sending = ai.sendMessage({ text: "a long one" });
  await watch.until(shows("So far"));
  await ai.stop();
  await sending;
  expect(ai).toMatchObject({ status: "ready", error: undefined });
  await ai.sendMessage({ text: "and then?" });
  expect(ai.messages.map(textOf)).toEqual([
    ["user", "a long one"],
    ["assistant", "So far"],
    ["user", "and then?"],
    ["assistant", "Then this."],
  ]);
  const stopped = await colloquy.db.message.findUniqueOrThrow({ where: { id: ai.messages[1]!.id } });
  expect(stopped).toMatchObject({ status: "STOPPED", content: "So far" });
});

test("a page that is opened again resumes the running reply, also again and again, and can stop it", async () => {
  const { chat, phone, room } = await start();
  const first = await openPage(chat, room);
  const [half, end] = [createGate(), createGate()];
  open.push({ close: end.open });
  colloquy.gemini.onPrompt("a question", [
    { text: "Half. " },
    { waitFor: half },
    { text: "More. " },
    { waitFor: end },
    { text: "Whole." },
  ]);
  const sending = first.ai.sendMessage({ text: "a question" });
  await first.watch.until(shows("Half. "));

  const device = await openChatDevice(colloquy, { phone });
  open.push(device);
  const asked: string[] = [];
  const request: ChatClient["request"] = (operation, variables) => {
    asked.push(...(/\w+ (\w+)/.exec(operation)?.slice(1) ?? []));
    return device.chat.request(operation, variables);
  };
  const { ai, watch } = await openPage({ ...device.chat, request }, room);
  expect(ai.messages.map(textOf)).toEqual([QUESTION, ["assistant", "Half. "]]);
  // As React does in its strict mode.
  void ai.resumeStream();
  const resuming = [ai.resumeStream()];
  half.open();
  const shown = await watch.until(shows("Half. More. "));
  expect(shown.messages).toEqual([QUESTION, ["assistant", "Half. More. "]]);
  resuming.push(ai.resumeStream());
  await first.watch.until(shows("Half. More. "));
  expect(asked).not.toContain("ChatStop");
  await ai.stop();
  await Promise.all([...resuming, sending]);
  expect(asked.filter((name) => name === "ChatStop")).toHaveLength(1);
  expect(first.ai.messages.map(textOf)).toEqual([QUESTION, ["assistant", "Half. More. "]]);
  expect(first.ai.lastMessage).toMatchObject({ metadata: { status: "STOPPED" } });
  // There is nothing to resume.
  await ai.resumeStream();
  expect(ai.status).toBe("ready");
});

test("a reply that failed is an error, and can be asked for again", async () => {
  const { chat, room } = await start();
  const { ai } = await openPage(chat, room);
  await ai.sendMessage({ text: "a question [[fake: block times=1]]" });
  expect(ai).toMatchObject({ status: "error", error: { message: expect.stringMatching(/block/i) as string } });
  expect(ai.lastMessage).toMatchObject({ metadata: { status: "BLOCKED", error: { code: "MODEL_BLOCKED" } } });
  await ai.regenerate();
  expect(ai).toMatchObject({ status: "ready", error: undefined, messages: { length: 2 } });
  expect(ai.lastMessage).toMatchObject({ metadata: { status: "COMPLETE" } });
  expect((await loadMessages(chat, room)).map(({ id }) => id)[1]).toBe(ai.lastMessage?.id);
});

test("a message that was refused is sent again under its own id", async () => {
  const { chat, room } = await start();
  const { ai } = await openPage(chat, room);
  const other = await openPage(chat, room);
  const gate = createGate();
  colloquy.gemini.onPrompt("a question", [{ text: "Half. " }, { waitFor: gate }, { text: "Whole." }]);
  colloquy.gemini.onPrompt("another one", [{ text: "Here." }]);
  const first = other.ai.sendMessage({ text: "a question" });
  await other.watch.until(shows("Half. "));
  await ai.sendMessage({ text: "another one" });
  expect(ai).toMatchObject({ status: "error", error: { name: "ApiError", code: "REPLY_IN_PROGRESS" } });
  gate.open();
  await first;
  await ai.regenerate();
  expect(ai.messages.map(textOf)).toEqual([
    ["user", "another one"],
    ["assistant", "Here."],
  ]);
  const sent = await colloquy.db.message.findFirst({ where: { chatroomId: room, content: "another one" } });
  expect(sent?.clientId).toBe(ai.messages[0]?.id);
});

test("a question that is edited, and a reply that is asked for again, begin branches", async () => {
  const { chat, room } = await start();
  const { ai } = await openPage(chat, room);
  colloquy.gemini.onPrompt("first words", [{ text: "One." }]);
  colloquy.gemini.onPrompt("other words", [{ text: "Two." }]);
  await ai.sendMessage({ text: "first words" });
  await ai.sendMessage({ text: "other words", messageId: ai.messages[0]!.id });
  expect(ai.messages.map(textOf)).toEqual([
    ["user", "other words"],
    ["assistant", "Two."],
  ]);
  colloquy.gemini.onPrompt("other words", [{ text: "Two again." }]);
  await ai.regenerate({ messageId: ai.messages[1]!.id });
  expect(ai.messages.map(textOf)).toEqual([
    ["user", "other words"],
    ["assistant", "Two again."],
  ]);
  expect((await loadMessages(chat, room)).map(textOf)).toEqual(ai.messages.map(textOf));
  // A sibling each: two questions, and two replies to the second.
  expect(await colloquy.db.message.count({ where: { chatroomId: room } })).toBe(5);
});

test("a reply that its model breaks off starts over as another step", async () => {
  const { chat, room } = await start();
  const { ai } = await openPage(chat, room);
  await ai.sendMessage({ text: "[[fake: chunks=100 delay=5 size=24]] [[fake: cut after=50 times=1]]" });
  expect(ai.lastMessage?.parts.filter(({ type }) => type === "step-start")).toHaveLength(2);
  expect(textOf(ai.lastMessage!)[1]).toBe(numberedText({ chunks: 100, size: 24 }));
});
