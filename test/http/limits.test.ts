import { buildClientSchema, getIntrospectionQuery, printSchema, type IntrospectionQuery } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestClient } from "../_support/client.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { post } from "../_support/post.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

const MISSING = "01a1ffca-a817-751a-8420-6b7e3907cbfe";

let colloquy: Colloquy;
let alice: TestClient;
let room: string;
let url: string;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  alice = await colloquy.signIn();
  room = await alice.createRoom();
  ({ url } = alice);
});
afterAll(() => colloquy.close());

const bearer = () => ({ authorization: `Bearer ${alice.token()}` });
const run = (query: string, variables: Record<string, unknown> = {}) => post(url, { query, variables }, bearer());

describe("bad input is named by its field", () => {
  const SEND = "mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }";
  const CREATE = "mutation ($input: CreateChatroomInput) { createChatroom(input: $input) { id } }";
  const message = (input: Record<string, unknown>) => ({ input: { chatroomId: room, content: "hello", ...input } });

  test.each<[string, string, string, () => Record<string, unknown>]>([
    ["content", "nothing", SEND, () => message({ content: "" })],
    ["content", "blanks", SEND, () => message({ content: " \n\t " })],
    ["content", "a text too long", SEND, () => message({ content: "x".repeat(32_001) })],
    ["chatroomId", "no id", SEND, () => message({ chatroomId: "room" })],
    ["parentId", "no id", SEND, () => message({ parentId: "message" })],
    ["clientId", "nothing", SEND, () => message({ clientId: "" })],
    ["clientId", "a text too long", SEND, () => message({ clientId: "x".repeat(101) })],
    ["title", "nothing", CREATE, () => ({ input: { title: "" } })],
    ["title", "blanks", CREATE, () => ({ input: { title: "  " } })],
    ["title", "a text too long", CREATE, () => ({ input: { title: "x".repeat(201) } })],
    ["systemPrompt", "nothing", CREATE, () => ({ input: { systemPrompt: "" } })],
    ["systemPrompt", "a text too long", CREATE, () => ({ input: { systemPrompt: "x".repeat(8_001) } })],
    ["model", "no name", CREATE, () => ({ input: { model: "a model" } })],
    ["model", "a path", CREATE, () => ({ input: { model: "../gemini" } })],
    ["id", "no id", "query ($id: ID!) { chatroom(id: $id) { id } }", () => ({ id: "room" })],
    ["id", "no id", "query ($id: ID!) { message(id: $id) { id } }", () => ({ id: 5 })],
  ])("%s: %s", async (field, _, query, variables) => {
    const { errors } = await run(query, variables());
    expect(errors).toHaveLength(1);
    expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field });
  });

  test("a longest message is taken, also in the widest encoding", async () => {
    const other = await alice.createRoom();
    const content = "\u{1F600}".repeat(16_000);
    const escaped = String.raw`\ud83d\ude00`.repeat(16_000);
    const body = `{"query":${JSON.stringify(SEND)},"variables":{"input":{"chatroomId":"${other}","content":"${escaped}"}}}`;
    expect((await post(url, body, bearer())).codes).toEqual([]);
    const stored = await colloquy.db.message.findFirstOrThrow({ where: { chatroomId: other, role: "USER" } });
    expect(stored.content).toBe(content);
  });

  test.each<[string, string]>([
    ["a subscription to no room", `subscription { messageAdded(chatroomId: "room") { id } }`],
    ["a subscription to no reply", `subscription { replyStream(messageId: "reply") { text } }`],
    ["stopping no reply", `mutation { stopReply(messageId: "reply") { id } }`],
    ["a page of less than nothing", "{ chatrooms(first: -1) { edges { cursor } } }"],
    ["a page from the end of less than nothing", "{ chatrooms(last: -1) { edges { cursor } } }"],
    ["a cursor that is none", `{ chatrooms(after: "here") { edges { cursor } } }`],
    ["a cursor of something else", `{ chatrooms(before: "${cursor("room")}") { edges { cursor } } }`],
    ["a cursor with a zero byte", `{ chatrooms(after: "${cursor("\0")}") { edges { cursor } } }`],
    ["a title with a zero byte", String.raw`mutation { createChatroom(input: { title: "a\u0000b" }) { id } }`],
  ])("%s is refused", async (_, query) => {
    const refused = await run(query);
    expect(refused.codes).toEqual(["BAD_USER_INPUT"]);
    expect(refused.text).not.toContain("22P02");
  });

  test("a page of more than is given is one of 100", async () => {
    const data = Array.from({ length: 101 }, (_, i) => ({
      id: idAt(i),
      userId: alice.userId(),
      title: "One of many",
      model: "m",
    }));
    await colloquy.db.chatroom.createMany({ data });
    const { data: page } = await run("{ chatrooms(first: 1000) { edges { cursor } pageInfo { hasNextPage } } }");
    const { edges, pageInfo } = page!["chatrooms"] as { edges: unknown[]; pageInfo: { hasNextPage: boolean } };
    expect(edges).toHaveLength(100);
    expect(pageInfo.hasNextPage).toBe(true);
  });

  const idAt = (i: number) => `01a1ffca-a817-751a-8420-${i.toString(16).padStart(12, "0")}`;
});

describe("what one operation may ask for", () => {
  const nested = (depth: number, inner = "id") => `${"parent { ".repeat(depth)}${inner}${" }".repeat(depth)}`;
  const rooms = (first: number, last: number) =>
    `{ chatrooms(first: ${first}) { edges { node { id messages(last: ${last}) { edges { node { id content } } } } } } }`;

  test.each<[string, string, Record<string, unknown>]>([
    ["too deep", `{ chatroom(id: "${MISSING}") { messages { edges { node { ${nested(9)} } } } } }`, {}],
    ["too wide", `{ ${Array.from({ length: 76 }, (_, i) => `a${i}: me { id }`).join(" ")} }`, {}],
    [
      "too wide by a fragment",
      `{ ${Array.from({ length: 76 }, (_, i) => `a${i}: me { ...F }`).join(" ")} } fragment F on User { id }`,
      {},
    ],
    ["too costly", rooms(100, 100), {}],
    [
      "too costly by its variables",
      rooms(1, 1).replace("{", "query ($n: Int) {").replaceAll(": 1)", ": $n)"),
      { n: 100 },
    ],
    ["of too many tokens", `{ ${"__typename ".repeat(2_000)} }`, {}],
  ])("an operation that is %s is refused", async (_, query, variables) => {
    const refused = await run(query, variables);
    expect(refused.codes).toEqual(["OPERATION_TOO_COMPLEX"]);
    expect(refused).not.toHaveProperty("data");
    const spoken = await post(url, { query, variables }, { ...bearer(), accept: "application/graphql-response+json" });
    expect(spoken.status).toBe(400);
  });

  test("nothing of a refused operation is run", async () => {
    const before = await colloquy.db.chatroom.count();
    const refused = await run(
      `mutation { ${Array.from({ length: 80 }, (_, i) => `a${i}: createChatroom { id }`).join(" ")} }`,
    );
    expect(refused.codes).toEqual(["OPERATION_TOO_COMPLEX"]);
    expect(await colloquy.db.chatroom.count()).toBe(before);
  });

  test("the operation that is named is the one that counts", async () => {
    const query = `query Small { me { id } } query Large ${rooms(100, 100)}`;
    expect((await post(url, { query, operationName: "Small" }, bearer())).codes).toEqual([]);
    expect((await post(url, { query, operationName: "Large" }, bearer())).codes).toEqual(["OPERATION_TOO_COMPLEX"]);
  });

  test("it is not slipped past with an argument that fails", async () => {
    const query = `query ($id: ID = "x") { chatroom(id: $id) { id } ${rooms(100, 100).slice(1, -1)} }`;
    expect((await run(query, { id: null })).codes).toEqual(["BAD_USER_INPUT"]);
  });

  test.each(["http", "ws"])("a subscription is refused before it begins (%s)", async (transport) => {
    const query = `subscription { messageAdded(chatroomId: "${room}") { ${nested(12)} } }`;
    if (transport === "http") {
      expect((await run(query)).codes).toEqual(["OPERATION_TOO_COMPLEX"]);
      return;
    }
    const results = alice.connect().iterate({ query });
    const { value } = (await results.next()) as { value: { errors?: readonly { extensions: { code: string } }[] } };
    expect(value.errors?.[0]?.extensions.code).toBe("OPERATION_TOO_COMPLEX");
  });

  test("GraphiQL's introspection passes, with all it can ask", async () => {
    const query = getIntrospectionQuery({
      descriptions: true,
      directiveIsRepeatable: true,
      inputValueDeprecation: true,
      oneOf: true,
      schemaDescription: true,
      specifiedByUrl: true,
    });
    const { data, codes } = await post<IntrospectionQuery>(url, { query });
    expect(codes).toEqual([]);
    expect(printSchema(buildClientSchema(data!))).toContain("type Chatroom implements Node {");
  });

  test("introspection that goes round in circles does not", async () => {
    const circle = "fields { type { ".repeat(8);
    const { codes } = await post(url, { query: `{ __schema { types { ${circle} name ${"} }".repeat(8)} } } }` });
    expect(codes[0]).toBe("BAD_USER_INPUT");
  });

  test("what Apollo and urql send for rooms with their messages passes", async () => {
    const page = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor __typename }";
    const fields = "id role content status createdAt __typename";
    const query = `query Rooms($first: Int, $last: Int) {
      me { id name usage { used limit remaining resetsAt __typename } __typename }
      chatrooms(first: $first) {
        edges { node { id title
          messages(last: $last) { edges { node { ${fields} } __typename } ${page} __typename }
        __typename } __typename } ${page} __typename
      }
    }`;
    const { data, codes } = await run(query, { first: 50, last: 20 });
    expect(codes).toEqual([]);
    expect(data).toMatchObject({ chatrooms: { __typename: "ChatroomConnection" } });
  });
});

/** A cursor as the API makes them, of something else. */
function cursor(id: string): string {
  return Buffer.from(`GPC:S:${id}`).toString("base64");
}
