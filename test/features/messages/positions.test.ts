import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { StopReply } from "../../_support/documents.ts";
import { post } from "../../_support/post.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";

type Seen = { id: string; position: string; clientId: string | null; chatroom: { id: string } };
type Added = { messageAdded: Seen };
type Position = { position: string };

const FIELDS = "id position clientId chatroom { id }";
const ADDED = `subscription ($room: ID!, $after: ID) { messageAdded(chatroomId: $room, after: $after) { ${FIELDS} } }`;
const ROOM = `query ($room: ID!) { chatroom(id: $room) { activeReply { ${FIELDS} } messages { edges { node { ${FIELDS} } } } } }`;

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  alice = await colloquy.signIn();
});
afterAll(() => colloquy.close());

async function read(room: string): Promise<{ messages: Seen[]; activeReply: Seen | null }> {
  const { data } = await post(
    alice.url,
    { query: ROOM, variables: { room } },
    { authorization: `Bearer ${alice.token()}` },
  );
  const { activeReply, messages } = data!["chatroom"] as {
    activeReply: Seen | null;
    messages: { edges: { node: Seen }[] };
  };
  return { activeReply, messages: messages.edges.map(({ node }) => node) };
}

/** What comes after a position, so many messages of it, each with the position beside it. */
async function follow(room: string, after: string, count: number) {
  const events: { message: Seen; position: string }[] = [];
  const feed = alice.connect().iterate<Added, Position>({ query: ADDED, variables: { room, after } });
  for await (const { data, extensions } of feed) {
    events.push({ message: data!.messageAdded, ...extensions! });
    if (events.length === count) break;
  }
  return events;
}

test("a position that was read leads to all that got its place later, the end of a running reply first", async () => {
  const room = await alice.createRoom();
  const { messageId, replyId } = await alice.send(room, "one", { clientId: "first" });
  const { messages, activeReply } = await read(room);
  expect(messages).toEqual([
    { id: messageId, clientId: "first", position: "1", chatroom: { id: room } },
    { id: replyId, clientId: null, position: "2", chatroom: { id: room } },
  ]);
  expect(activeReply).toEqual(messages[1]);

  const coming = follow(room, messages[1]!.position, 2);
  await alice.request(StopReply, { messageId: replyId });
  const next = await alice.send(room, "two");
  const events = await coming;
  expect(events.map(({ message }) => message.id)).toEqual([replyId, next.messageId]);
  for (const { message, position } of events) expect(message.position).toBe(position);

  const later = (await read(room)).messages;
  expect(later.map(({ position }) => position)).toEqual(["1", "3", "4", "5"]);
  for (const [at, { position }] of later.slice(0, 2).entries()) {
    const [first] = await follow(room, position, 1);
    expect(first?.message.position).toBe(later[at + 1]?.position);
  }
});

test("a reply that runs stands for all that came before it was asked for", async () => {
  const room = await alice.createRoom();
  const { replyId } = await alice.send(room, "one");
  await alice.request(StopReply, { messageId: replyId });
  const { replyId: running, messageId } = await alice.send(room, "two");
  const { activeReply } = await read(room);
  expect(activeReply).toMatchObject({ id: running, position: "5" });
  expect((await follow(room, "0", 3)).map(({ message }) => message.position)).toEqual(["1", "3", "4"]);
  expect((await follow(room, "3", 1))[0]?.message.id).toBe(messageId);
});
