import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { UpdateProfile } from "../../_support/account-documents.ts";
import type { TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { CreateChatroom, SendMessage, StopReply } from "../../_support/documents.ts";
import { post } from "../../_support/post.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";

/** What people write, from the argument to the row, the feed and the list. */

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  alice = await colloquy.signIn();
});
afterAll(() => colloquy.close());

const run = (query: string, variables: Record<string, unknown> = {}) =>
  post(alice.url, { query, variables }, { authorization: `Bearer ${alice.token()}` });

const send = (input: { chatroomId: string; content: string; clientId?: string; parentId?: string }) =>
  alice.ask(SendMessage, { input });

describe("half of a surrogate pair", () => {
  test("is U+FFFD in the answer, in the feed and in the row", async () => {
    const room = await alice.createRoom();
    const watch = alice.watchMessages(room, "0");
    const { data } = await run(
      "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id content } } }",
      { input: { chatroomId: room, content: "one \ud83d two \ude00\ud83d" } },
    );
    const { message } = data!["sendMessage"] as { message: { id: string; content: string } };
    expect(message.content).toBe("one \ufffd two \ufffd\ufffd");
    await watch.until(({ id }) => id === message.id);
    watch.stop();
    expect(watch.events[0]?.content).toBe(message.content);
    expect(await colloquy.db.message.findUnique({ where: { id: message.id } })).toMatchObject(message);
  });

  test("is so in a title, a prompt and a name as well", async () => {
    const { createChatroom } = await alice.request(CreateChatroom, {
      input: { title: "A\ud800", systemPrompt: "Be\udfff" },
    });
    expect(await colloquy.db.chatroom.findUnique({ where: { id: createChatroom.id } })).toMatchObject({
      title: "A\ufffd",
      systemPrompt: "Be\ufffd",
    });
    expect(createChatroom.title).toBe("A\ufffd");
    const { updateProfile } = await alice.request(UpdateProfile, { input: { name: "Al\ud800ice" } });
    expect(updateProfile.name).toBe("Al\ufffdice");
  });

  test("makes no two sends the same", async () => {
    const chatroomId = await alice.createRoom();
    for (const clientId of ["x\ud800", "x\ud801", "\udc00"]) {
      const { errors } = await send({ chatroomId, content: "hello", clientId });
      expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "clientId" });
    }
    expect(await colloquy.db.message.count({ where: { chatroomId } })).toBe(0);
  });
});

test("a clientId that comes again with another text or parent is refused, and loses nothing in silence", async () => {
  const chatroomId = await alice.createRoom();
  const first = { chatroomId, content: "first", clientId: "c" };
  const { data } = await send(first);
  const { message } = data!.sendMessage;
  const reply = data!.sendMessage.reply!;
  expect((await send(first)).data?.sendMessage.message.id).toBe(message.id);
  await alice.request(StopReply, { messageId: reply.id });
  for (const other of [{ content: "First" }, { content: "first " }, { parentId: reply.id }]) {
    const { errors } = await send({ ...first, ...other });
    expect(errors[0]?.extensions).toMatchObject({ code: "CONFLICT", headId: reply.id });
  }
  expect((await send(first)).data?.sendMessage.message.id).toBe(message.id);
  const next = { chatroomId, content: "next", clientId: "d", parentId: reply.id };
  const sent = (await send(next)).data!.sendMessage;
  for (const again of [next, { ...next, parentId: reply.id.toUpperCase() }])
    expect((await send(again)).data?.sendMessage.message.id).toBe(sent.message.id);
  const { errors } = await send({ ...next, parentId: message.id });
  expect(errors[0]?.extensions["code"]).toBe("CONFLICT");
});

describe("blanks", () => {
  test.each(["\u200b", "\u2800", "\u3164", "\u115f\u00ad", "\u202e\u2069", "\ufe0f", "\u{e0100}", "\u2028\u00a0"])(
    "%j is no message, no title and no name",
    async (text) => {
      const chatroomId = await alice.createRoom();
      const refused = [
        await send({ chatroomId, content: ` ${text}\n` }),
        await alice.ask(CreateChatroom, { input: { title: text } }),
        await alice.ask(UpdateProfile, { input: { name: text } }),
      ];
      expect(refused.map(({ errors }) => errors[0]?.extensions)).toMatchObject(
        ["content", "title", "name"].map((field) => ({ code: "BAD_USER_INPUT", field })),
      );
    },
  );

  test.each([3, 600, 20_000])("a list shows what a message says behind %d of them", async (count) => {
    const room = await alice.createRoom();
    await alice.send(room, `${" \u200b\u2800\n".repeat(count / 3)}Hello\n\n${" ".repeat(100)}there`);
    const { data } = await run("{ chatrooms(first: 1) { edges { node { id lastMessagePreview } } } }");
    expect(data).toMatchObject({ chatrooms: { edges: [{ node: { id: room, lastMessagePreview: "Hello there" } }] } });
  });

  test("a reply of blanks alone is shown as what it answers", async () => {
    const room = await alice.createRoom();
    const { replyId } = await alice.send(room, "Say nothing");
    await colloquy.db.message.update({ where: { id: replyId }, data: { content: "\n\u200b\u{16fe4}" } });
    const { data } = await run("query ($room: ID!) { chatroom(id: $room) { lastMessagePreview } }", { room });
    expect(data).toEqual({ chatroom: { lastMessagePreview: "Say nothing" } });
  });
});

test("titles and names are one line that changes no direction", async () => {
  const { createChatroom } = await alice.request(CreateChatroom, {
    input: { title: "Plan\u202e gpj.exe\r\nfor\u0007 \u2067us\u200f" },
  });
  expect(createChatroom.title).toBe("Plan gpj.exe for us");
  const { updateProfile } = await alice.request(UpdateProfile, { input: { name: "\u2066Al\tice\u202c\u0085" } });
  expect(updateProfile.name).toBe("Al ice");
});

test("limits count what the schema says", async () => {
  const chatroomId = await alice.createRoom();
  const fieldOf = ({ errors }: Awaited<ReturnType<typeof send>>) => errors[0]?.extensions["field"];
  expect(fieldOf(await send({ chatroomId, content: `${"\u{1f600}".repeat(16_000)}.` }))).toBe("content");
  const room = (input: object) => alice.ask(CreateChatroom, { input });
  expect((await room({ title: "\u{1f600}".repeat(200) })).errors).toEqual([]);
  expect((await room({ title: "\u{1f600}".repeat(201) })).errors[0]?.extensions["field"]).toBe("title");
  expect((await room({ systemPrompt: "\u{1f600}".repeat(4_000) })).errors).toEqual([]);
  expect((await room({ systemPrompt: "\u{1f600}".repeat(4_001) })).errors[0]?.extensions["field"]).toBe("systemPrompt");
});
