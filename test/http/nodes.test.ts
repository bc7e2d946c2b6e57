import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestClient } from "../_support/client.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { RevokeSession } from "../_support/documents.ts";
import { post } from "../_support/post.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

const MISSING = "01a1ffca-a817-751a-8420-6b7e3907cbfe";
const NODES = `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Message { content chatroom { id } }
  ... on Chatroom { title model { id } } ... on User { phone sessions { id } } ... on Session { isCurrent } } }`;
const NODE = "query ($id: ID!) { node(id: $id) { __typename id } }";

let colloquy: Colloquy;
let alice: TestClient;
let bob: TestClient;
let own: { user: string; session: string; room: string; message: string; reply: string };

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  [alice, bob] = [await colloquy.signIn(), await colloquy.signIn()];
  const room = await alice.createRoom("Tea");
  const { messageId, replyId } = await alice.send(room, "hello");
  const { id: session } = await colloquy.db.session.findFirstOrThrow({ where: { userId: alice.userId() } });
  own = { user: alice.userId(), session, room, message: messageId, reply: replyId };
});
afterAll(() => colloquy.close());

const ask = (client: TestClient, query: string, variables: Record<string, unknown>) =>
  post(client.url, { query, variables }, { authorization: `Bearer ${client.token()}` });
const nodes = async (client: TestClient, ids: readonly string[]) =>
  (await ask(client, NODES, { ids })).data?.["nodes"] as (Record<string, unknown> | null)[];

describe("one's own things", () => {
  test("are found by their ids alone, in the order asked, also twice", async () => {
    const { user, session, room, message, reply } = own;
    expect(await nodes(alice, [reply, user, room, MISSING, session, message, room])).toMatchObject([
      { __typename: "Message", id: reply, chatroom: { id: room } },
      { __typename: "User", id: user, sessions: [{ id: session }] },
      { __typename: "Chatroom", id: room, title: "Tea" },
      null,
      { __typename: "Session", id: session, isCurrent: true },
      { __typename: "Message", id: message, content: "hello" },
      { __typename: "Chatroom", id: room },
    ]);
    for (const id of Object.values(own)) expect((await ask(alice, NODE, { id })).data?.["node"]).toMatchObject({ id });
  });

  test("are found by ids in upper case, and named as the API names them", async () => {
    const ids = Object.values(own);
    const found = await nodes(
      alice,
      ids.map((id) => id.toUpperCase()),
    );
    expect(found.map((node) => node?.["id"])).toEqual(ids);
  });

  test("are gone when the session is ended or the room deleted", async () => {
    const carol = await colloquy.signIn();
    const room = await carol.createRoom();
    const { messageId } = await carol.send(room, "bye");
    const session = await colloquy.db.session.create({
      data: {
        id: crypto.randomUUID(),
        userId: carol.userId(),
        refreshTokenHash: room,
        expiresAt: new Date(Date.now() + 60_000),
      },
    });
    const ids = [session.id, room, messageId];
    expect(await nodes(carol, ids)).toMatchObject(ids.map((id) => ({ id })));
    await carol.request(RevokeSession, { id: session.id });
    await colloquy.db.chatroom.update({ where: { id: room }, data: { deletedAt: new Date() } });
    expect(await nodes(carol, ids)).toEqual([null, null, null]);
  });
});

describe("anything else", () => {
  test("is null in a list and NOT_FOUND alone: a stranger's, what is not there, what is no id", async () => {
    const strange = [
      ...Object.values(own),
      MISSING,
      "",
      "1",
      "User:1",
      `${own.room} `,
      `{${own.room}}`,
      own.room.replaceAll("-", ""),
      btoa(`Chatroom:${own.room}`),
      "' OR 1=1 --",
      "\0",
      "\ud800",
      "x".repeat(10_000),
    ];
    expect(await nodes(bob, strange)).toEqual(strange.map(() => null));
    expect(await nodes(alice, strange.slice(Object.keys(own).length))).not.toContainEqual(expect.anything());
    for (const id of strange) expect(await ask(bob, NODE, { id })).toMatchObject({ codes: ["NOT_FOUND"] });
  });

  test("a list between strange ids keeps its places", async () => {
    const { id } = (await nodes(bob, ["x", bob.userId(), own.user]))[1] ?? {};
    expect(id).toBe(bob.userId());
  });

  test("without a sign-in there is nothing", async () => {
    for (const [query, variables] of [
      [NODE, { id: own.room }],
      [NODES, { ids: [own.room] }],
    ] as const) {
      expect(await post(alice.url, { query, variables })).toMatchObject({ codes: ["UNAUTHENTICATED"] });
    }
  });
});

describe("a list of ids", () => {
  const many = (length: number) => Array.from({ length }, () => MISSING);

  test("may be empty, and has at most 100", async () => {
    expect(await nodes(alice, [])).toEqual([]);
    expect(await nodes(alice, [...many(99), own.room])).toHaveLength(100);
    for (const length of [101, 5_000]) {
      const { codes, errors } = await ask(alice, NODES, { ids: many(length) });
      expect(codes).toEqual(["BAD_USER_INPUT"]);
      expect(errors[0]?.extensions).toMatchObject({ field: "ids" });
    }
  });

  test("costs by its length, also when it is asked for again and again", async () => {
    const aliases = (count: number) =>
      `query ($ids: [ID!]!) { ${Array.from({ length: count }, (_, i) => `a${i}: nodes(ids: $ids) { id }`).join(" ")} }`;
    const ids = many(100);
    expect((await ask(alice, aliases(2), { ids })).codes).toEqual([]);
    expect((await ask(alice, aliases(3), { ids })).codes).toEqual(["OPERATION_TOO_COMPLEX"]);
    const deep =
      "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Chatroom { messages(last: 100) { edges { node { id } } } } } }";
    expect((await ask(alice, deep, { ids: ids.slice(0, 20) })).codes).toEqual([]);
    expect((await ask(alice, deep, { ids })).codes).toEqual(["OPERATION_TOO_COMPLEX"]);
  });
});
