import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MAX_FORK_BYTES } from "../../../src/features/messages/fork-chatroom.ts";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import { textOf } from "../../../tools/fakes/gemini/record.ts";
import { EditMessage, ForkChatroom, GetTree, SendForEdges } from "../../_support/branch-documents.ts";
import type { TestClient } from "../../_support/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { startCountedApp } from "../../_support/counted-app.ts";
import { CreateChatroom, GetUsage } from "../../_support/documents.ts";
import { DeleteChatroom, RestoreChatroom, UpdateChatroom } from "../../_support/room-documents.ts";

let colloquy: Colloquy;
let client: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy({ env: { ROOMS_PER_USER: "6" } });
});
afterAll(() => colloquy.close());

async function ask(room: string, content: string): Promise<{ messageId: string; replyId: string }> {
  const sent = await client.send(room, content);
  await client.watchReply(sent.replyId).completed;
  return sent;
}

type Fork = Parameters<typeof client.request<typeof ForkChatroom>>[1]["input"];
const fork = async (input: Fork) => (await client.request(ForkChatroom, { input })).forkChatroom.chatroom;
const refusalOf = async (input: Fork) => (await client.ask(ForkChatroom, { input })).errors[0]?.extensions;
const used = async () => (await client.request(GetUsage)).me?.usage.used;
const row = (id: string) => colloquy.db.message.findUniqueOrThrow({ where: { id }, include: { detail: true } });

test("a fork has the path to a message, and goes its own way", async () => {
  client = await colloquy.signIn();
  const room = await client.createRoom("The first");
  const settings = { thinking: "LOW" as const, showThoughts: true };
  await client.request(UpdateChatroom, {
    input: { id: room, systemPrompt: "Be brief.", modelId: "gemini-3.7-flash", settings },
  });
  colloquy.gemini.onPrompt("one", [{ text: "Hm", thought: true }, { text: "First" }]);
  const first = await ask(room, "one");
  const second = await ask(room, "two");
  const edited = await client.request(EditMessage, { input: { messageId: second.messageId, content: "two, rather" } });
  await client.watchReply(edited.editMessage.reply!.id).completed;
  await colloquy.db.messageRating.create({ data: { messageId: first.replyId, value: "UP", ratedAt: new Date() } });
  const spent = await used();

  const forked = await fork({ messageId: second.replyId, clientId: "f" });
  expect(forked).toMatchObject({
    title: "The first",
    titleSource: "PERSON",
    systemPrompt: "Be brief.",
    modelId: "gemini-3.7-flash",
    settings: { thinking: "LOW" },
    unread: false,
  });
  const nodes = forked.messages.edges.map(({ node }) => node);
  expect(nodes.map(({ content }) => content).slice(0, 3)).toEqual(["one", "First", "two"]);
  expect(nodes.map(({ position }) => position)).toEqual(["1", "2", "3", "4"]);
  expect(nodes.map(({ clientId, rating }) => [clientId, rating])).toEqual(nodes.map(() => [null, null]));
  expect(nodes[1]).toMatchObject({
    model: "gemini-3.7-flash",
    parts: [{ __typename: "ThoughtPart" }, { __typename: "TextPart" }],
  });
  const copies = await Promise.all(nodes.map(({ id }) => row(id)));
  const originals = await Promise.all([first.messageId, first.replyId, second.messageId, second.replyId].map(row));
  expect(copies.map(({ parentId, depth, anchorId }) => [parentId, depth, anchorId])).toEqual([
    [null, 0, null],
    [nodes[0]!.id, 1, nodes[0]!.id],
    [nodes[1]!.id, 2, nodes[0]!.id],
    [nodes[2]!.id, 3, nodes[0]!.id],
  ]);
  expect(copies.map(({ createdAt, promptTokens }) => [createdAt, promptTokens])).toEqual(
    originals.map(({ createdAt, promptTokens }) => [createdAt, promptTokens]),
  );
  expect(copies.map(({ chargedOn, userId }) => [chargedOn, userId])).toEqual(copies.map(() => [null, null]));
  expect(copies[1]?.detail).toMatchObject({ thought: "Hm", signatures: null });
  expect(await used()).toBe(spent);

  await ask(forked.id, "on my own");
  const { body } = await colloquy.gemini.nextRequest("on my own");
  expect(body.contents!.map(textOf)).toEqual([...originals.map(({ content }) => content), "on my own"]);
  expect(await colloquy.db.message.count({ where: { chatroomId: room } })).toBe(6);

  expect((await fork({ messageId: second.replyId, clientId: "f" })).id).toBe(forked.id);
  expect(await refusalOf({ messageId: first.replyId, clientId: "f" })).toMatchObject({ code: "CONFLICT" });
  const named = await Promise.all(
    [1, 2, 3].map(() => fork({ messageId: first.messageId, title: "Mine", clientId: "g" })),
  );
  expect(new Set(named.map(({ id }) => id)).size).toBe(1);
  expect(named[0]).toMatchObject({ title: "Mine", titleSource: "PERSON" });
});

test("what has not ended, or is too much, is not forked", async () => {
  client = await colloquy.signIn();
  const room = await client.createRoom();
  const gate = createGate();
  colloquy.gemini.onPrompt("slow", [{ waitFor: gate }]);
  const slow = await client.send(room, "slow");
  expect(await refusalOf({ messageId: slow.replyId })).toMatchObject({
    code: "REPLY_IN_PROGRESS",
    replyId: slow.replyId,
  });
  expect((await fork({ messageId: slow.messageId })).messages.edges).toHaveLength(1);
  gate.open();
  await client.watchReply(slow.replyId).completed;
  await colloquy.db
    .$executeRaw`UPDATE "Message" SET "content" = repeat('x', ${MAX_FORK_BYTES}::int) WHERE "id" = ${slow.replyId}::uuid`;
  expect(await refusalOf({ messageId: slow.replyId })).toMatchObject({ code: "LIMIT_EXCEEDED", limit: MAX_FORK_BYTES });
});

test("a user has a limited number of rooms, deleted ones not counted", async () => {
  client = await colloquy.signIn();
  const [first] = await Promise.all(Array.from({ length: 5 }, () => client.createRoom()));
  const { messageId } = await ask(first!, "hello");
  const all = await Promise.all([1, 2, 3].map(() => client.ask(CreateChatroom, { input: {} })));
  const refused = all.flatMap(({ errors }) => errors.map(({ extensions }) => extensions));
  expect(refused).toHaveLength(2);
  for (const refusal of refused) expect(refusal).toMatchObject({ code: "LIMIT_EXCEEDED", limit: 6 });
  expect(await refusalOf({ messageId })).toMatchObject({ code: "LIMIT_EXCEEDED" });
  expect(await colloquy.db.chatroom.count({ where: { userId: client.userId() } })).toBe(6);
  const last = await colloquy.db.chatroom.findFirstOrThrow({ where: { userId: client.userId(), id: { not: first! } } });
  await client.request(DeleteChatroom, { id: last.id });
  await client.createRoom();
  const restored = await client.ask(RestoreChatroom, { id: last.id });
  expect(restored.errors[0]?.extensions).toMatchObject({ code: "LIMIT_EXCEEDED", limit: 6 });
});

test("the tree has the messages of all branches, page by page", async () => {
  client = await colloquy.signIn();
  const room = await client.createRoom();
  const first = await ask(room, "one");
  const second = await ask(room, "two");
  const { editMessage } = await client.request(EditMessage, {
    input: { messageId: first.messageId, content: "other" },
  });
  const all: { id: string; parent: string | undefined }[] = [];
  let after: string | null = null;
  do {
    const { chatroom }: { chatroom?: Awaited<ReturnType<typeof page>>["chatroom"] } = await page(room, after);
    all.push(...chatroom!.tree.edges.map(({ node }) => ({ id: node.id, parent: node.parent?.id })));
    after = chatroom!.tree.pageInfo.hasNextPage ? chatroom!.tree.pageInfo.endCursor! : null;
  } while (after !== null);
  expect(all).toEqual([
    { id: first.messageId, parent: undefined },
    { id: first.replyId, parent: first.messageId },
    { id: second.messageId, parent: first.replyId },
    { id: second.replyId, parent: second.messageId },
    { id: editMessage.message.id, parent: undefined },
    { id: editMessage.reply!.id, parent: editMessage.message.id },
  ]);
});

const page = (id: string, after: string | null) => client.request(GetTree, { id, first: 4, after });

test("a send brings its entries for a client's list", async () => {
  client = await colloquy.signIn();
  const room = await client.createRoom();
  await ask(room, "one");
  const { sendMessage } = await client.request(SendForEdges, { input: { chatroomId: room, content: "two" } });
  expect(sendMessage.chatroom.messages.edges).toEqual([sendMessage.messageEdge, sendMessage.replyEdge]);
});

test("a fork takes as many statements for a long conversation as for a short one", async () => {
  const app = await startCountedApp(colloquy.env);
  try {
    const counts: number[] = [];
    for (const length of [2, 300]) {
      const room = await app.client.createRoom();
      const ids = Array.from({ length }, () => uuidv7());
      await colloquy.db.message.createMany({
        data: ids.map((id, depth) => ({
          id,
          chatroomId: room,
          parentId: depth === 0 ? null : ids[depth - 1]!,
          depth,
          seq: depth + 1,
          role: depth % 2 === 0 ? ("USER" as const) : ("ASSISTANT" as const),
          status: "COMPLETE" as const,
          content: `message ${depth}`,
        })),
      });
      const statements = await app.statementsOf(() =>
        app.client.request(ForkChatroom, { input: { messageId: ids.at(-1)! } }),
      );
      counts.push(statements.length);
    }
    expect(counts[1]).toBe(counts[0]);
    const copies = await colloquy.db.message.findMany({
      where: {
        depth: { in: [0, 64, 128, 129, 299] },
        chatroom: { userId: app.client.userId(), forkedFromId: { not: null } },
      },
      orderBy: { depth: "asc" },
    });
    const long = copies.filter(({ chatroomId }) => chatroomId === copies.at(-1)!.chatroomId);
    const idAt = (depth: number) => long.find((each) => each.depth === depth)!.id;
    expect(long.map(({ anchorId }) => anchorId)).toEqual([null, idAt(0), idAt(64), idAt(128), expect.any(String)]);
  } finally {
    await app.close();
  }
});
