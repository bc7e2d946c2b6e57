import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestClient } from "../_support/client.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { StopReply } from "../_support/documents.ts";
import { post } from "../_support/post.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

/** Ids and cursors in every shape that a client, or somebody else, may hand in. */

let colloquy: Colloquy;
let alice: TestClient;
let room: string;
let messageId: string;
let replyId: string;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  alice = await colloquy.signIn();
  room = await alice.createRoom();
  ({ messageId, replyId } = await alice.send(room, "hello"));
});
afterAll(() => colloquy.close());

const run = (query: string, variables: Record<string, unknown> = {}) =>
  post(alice.url, { query, variables }, { authorization: `Bearer ${alice.token()}` });

describe("an id in upper case means the same", () => {
  test("to those who subscribe: they hear what happens", async () => {
    const upper = await alice.createRoom();
    const before = await alice.send(upper, "one");
    const messages = alice.watchMessages(upper.toUpperCase(), before.messageId.toUpperCase());
    const reply = alice.watchReply(before.replyId.toUpperCase());
    await reply.until(() => true);
    await colloquy.whenSubscribed(`message:added:${upper}`);
    await alice.request(StopReply, { messageId: before.replyId.toUpperCase() });
    await reply.until(({ status }) => status === "STOPPED");
    expect((await messages.until(({ id }) => id === before.replyId)).status).toBe("STOPPED");
    messages.stop();
  });

  test("to queries and mutations", async () => {
    const query = `query ($room: ID!, $message: ID!) { chatroom(id: $room) { id } message(id: $message) { id } }`;
    const { data } = await run(query, { room: room.toUpperCase(), message: messageId.toUpperCase() });
    expect(data).toEqual({ chatroom: { id: room }, message: { id: messageId } });
    const failed = await alice.createRoom();
    const sent = await alice.send(failed, "fails");
    await colloquy.db.message.update({ where: { id: sent.replyId }, data: { status: "FAILED", seq: 2 } });
    const retry = "mutation ($id: ID!) { retryReply(messageId: $id) { id } }";
    expect((await run(retry, { id: sent.replyId.toUpperCase() })).data).toEqual({ retryReply: { id: sent.replyId } });
    await alice.request(StopReply, { messageId: sent.replyId });
    const { messageId: next } = await alice.send(failed.toUpperCase(), "next", {
      parentId: sent.replyId.toUpperCase(),
    });
    expect(await colloquy.db.message.findUnique({ where: { id: next } })).toMatchObject({ chatroomId: failed });
  });

  test("to the end of a session", async () => {
    const other = await colloquy.signIn();
    const session = await colloquy.db.session.findFirstOrThrow({ where: { userId: other.userId() } });
    const query = "mutation ($id: ID!) { revokeSession(id: $id) }";
    const headers = { authorization: `Bearer ${other.token()}` };
    expect((await post(other.url, { query, variables: { id: session.id.toUpperCase() } }, headers)).data).toEqual({
      revokeSession: true,
    });
  });
});

const LISTS: Record<string, (side: string) => string> = {
  chatrooms: (args) =>
    `query ($at: String) { chatrooms(${args}) { edges { cursor } pageInfo { startCursor endCursor } } }`,
  messages: (args) =>
    `query ($at: String) { chatrooms { edges { node { messages(${args}) { pageInfo { startCursor endCursor } } } } } }`,
  securityEvents: (args) =>
    `query ($at: String) { me { securityEvents(${args}) { edges { cursor } pageInfo { startCursor endCursor } } } }`,
};

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const ID = "01a1ffca-a817-751a-8420-6b7e3907cbfe";

const FORGED: [string, string][] = [
  ["nothing", ""],
  ["a blank", " "],
  ["no base64", "%%%"],
  ["no JSON", Buffer.from("room").toString("base64url")],
  ["no list", encode({ room: 1 })],
  ["an empty list", encode([])],
  ["null", encode(null)],
  ["Prisma's", Buffer.from(`GPC:S:${ID}`).toString("base64")],
  ["Prisma's with a zero byte", Buffer.from("GPC:S:\0").toString("base64")],
  ["a zero byte", "\0"],
  ["half of a pair", "\ud800"],
  ["very long", encode(["room", "x".repeat(100_000)])],
  ...["room", "message", "security-event"].flatMap((kind): [string, string][] => [
    [`${kind} without a place`, encode([kind])],
    [`${kind} of nulls`, encode([kind, null, null])],
    [`${kind} of texts`, encode([kind, "1", "1"])],
    [`${kind} at no id`, encode([kind, 1, "x"])],
    [`${kind} at a zero byte`, encode([kind, `${ID}\0`])],
    [`${kind} in the year 20000`, encode([kind, Date.UTC(20_000, 0), ID])],
    [`${kind} at the last date of JavaScript's`, encode([kind, 8.64e15, ID])],
    [`${kind} before 1970`, encode([kind, -1, ID])],
    [`${kind} at a broken time`, encode([kind, 1.5, ID])],
    [`${kind} at 1e999`, Buffer.from(`["${kind}",1e999,"${ID}"]`).toString("base64url")],
    [`${kind} beyond an integer`, encode([kind, 2 ** 31 - 1])],
    [`${kind} beyond a number`, Buffer.from(`["${kind}",99999999999999999999]`).toString("base64url")],
    [`${kind} with more`, encode([kind, 1, ID, 2])],
  ]),
];

describe.each(Object.keys(LISTS))("a cursor of %s", (list) => {
  test.each(FORGED)("that is forged is refused: %s", async (_, at) => {
    for (const [side, size] of [
      ["after", "first"],
      ["before", "last"],
    ]) {
      const { errors, codes } = await run(LISTS[list]!(`${side}: $at, ${size}: 100`), { at });
      expect(codes.slice(0, 1)).toEqual(["BAD_USER_INPUT"]);
      expect(errors[0]?.extensions["field"]).toBe(side);
    }
  });

  test("at the ends of what it can be is taken", async () => {
    const ends = {
      chatrooms: [encode(["room", 0, ID]), encode(["room", Date.UTC(9999, 11, 31, 23, 59, 59, 999), ID.toUpperCase()])],
      messages: [encode(["message", 0]), encode(["message", 2 ** 30])],
      securityEvents: [encode(["security-event", ID]), encode(["security-event", ID.toUpperCase()])],
    }[list]!;
    for (const at of ends) {
      for (const args of [
        "after: $at, first: 100",
        "after: $at, last: 100",
        "before: $at, first: 100",
        "before: $at, last: 100",
      ])
        expect((await run(LISTS[list]!(args), { at })).codes).toEqual([]);
    }
  });
});

test("a page without entries has no cursor", async () => {
  const bob = await colloquy.signIn();
  const query = "{ chatrooms { edges { cursor } pageInfo { startCursor endCursor } } }";
  const { data } = await post(bob.url, { query }, { authorization: `Bearer ${bob.token()}` });
  expect(data).toEqual({ chatrooms: { edges: [], pageInfo: { startCursor: null, endCursor: null } } });
});

test("security events are paged both ways", async () => {
  const bob = await colloquy.signIn();
  const userId = bob.userId();
  await colloquy.db.$executeRaw`
    INSERT INTO "SecurityEvent" ("id", "userId", "kind")
    SELECT gen_random_uuid(), ${userId}::uuid, 'SIGN_IN_FAILED' FROM generate_series(1, 6)`;
  const rows = await colloquy.db.securityEvent.findMany({ where: { userId }, orderBy: { id: "desc" } });
  const read = async (args: string) => {
    const query = `{ me { securityEvents(${args}) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage } } } }`;
    const { data } = await post(bob.url, { query }, { authorization: `Bearer ${bob.token()}` });
    return (data as { me: { securityEvents: { edges: { cursor: string; node: { id: string } }[]; pageInfo: object } } })
      .me.securityEvents;
  };
  const ids = rows.map(({ id }) => id);
  const last = await read("last: 3");
  expect(last.edges.map(({ node }) => node.id)).toEqual(ids.slice(4));
  const before = await read(`last: 3, before: "${last.edges[0]!.cursor}"`);
  expect(before.edges.map(({ node }) => node.id)).toEqual(ids.slice(1, 4));
  expect(before.pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: true });
  const after = await read(`first: 3, after: "${before.edges[0]!.cursor}", before: "${last.edges[0]!.cursor}"`);
  expect(after.edges.map(({ node }) => node.id)).toEqual(ids.slice(2, 4));
});

test.each(["", " ", "-1", "1.5", "9999999999", "room", "\0", "\ud800"])(
  "a position that is none is refused: %j",
  async (after) => {
    const subscriptions = [
      `subscription ($room: ID!, $after: ID) { messageAdded(chatroomId: $room, after: $after) { id } }`,
      `subscription ($after: String) { accountChanged(after: $after) { __typename } }`,
    ];
    for (const query of subscriptions) {
      const variables = query.includes("$room") ? { room, after } : { after };
      const results = alice.connect().iterate({ query, variables });
      const { value } = (await results.next()) as { value: { errors?: readonly { extensions: object }[] } };
      expect(value.errors?.[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "after" });
    }
  },
);

test.each([
  { attempt: -1, offset: 0 },
  { attempt: 0, offset: -1 },
  { attempt: 2_147_483_647, offset: 2_147_483_647 },
])("a place in a reply that cannot be brings the whole text: %j", async (from) => {
  const watch = alice.watchReply(replyId, from);
  await watch.until(() => true);
  expect(watch.events[0]).toMatchObject({ offset: 0, text: "", attempt: 0 });
  watch.stop();
});
