import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestClient } from "../_support/client.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { post } from "../_support/post.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

const MIB = 2 ** 20;
const LONGEST = 32_000;

let colloquy: Colloquy;
let alice: TestClient;
let url: string;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  alice = await colloquy.signIn();
  ({ url } = alice);
});
afterAll(() => colloquy.close());

const ask = (query: string, variables: Record<string, unknown> = {}) =>
  post(url, { query, variables }, { authorization: `Bearer ${alice.token()}` });

/** A room with a branch of such messages. @returns the id of the room, and of its last message */
async function plant(contents: readonly string[]): Promise<{ room: string; leaf: string }> {
  const room = await alice.createRoom();
  const ids = contents.map(() => uuidv7());
  await colloquy.db.message.createMany({
    data: contents.map((content, depth) => ({
      id: ids[depth]!,
      chatroomId: room,
      parentId: ids[depth - 1] ?? null,
      depth,
      role: depth % 2 ? "ASSISTANT" : "USER",
      status: "COMPLETE",
      content,
    })),
  });
  const leaf = ids.at(-1)!;
  await colloquy.db.chatroom.update({ where: { id: room }, data: { activeLeafId: leaf } });
  return { room, leaf };
}
const many = (count: number, content: string) => Array.from({ length: count }, () => content);

const PAGE =
  "query ($room: ID!, $last: Int) { chatroom(id: $room) { messages(last: $last) { edges { node { content } } } } }";

test("100 messages of the greatest length are one answer", async () => {
  const { room } = await plant(many(100, "x".repeat(LONGEST)));
  const answer = await ask(PAGE, { room, last: 100 });
  expect(answer.codes).toEqual([]);
  expect(answer.text.length).toBeGreaterThan(100 * LONGEST);
});

describe("an answer is refused as a whole that has more than 8 MiB of text", () => {
  /** Every kind of message that is long in its own way; nine of them are too many. */
  test.each<[string, string]>([
    ["as it is stored", "x".repeat(MIB)],
    ["in its encoding", "字".repeat(MIB / 3)],
    ["by its escapes", "\u0001".repeat(MIB / 6)],
    ["by its quotation marks", '"'.repeat(MIB / 2)],
  ])("%s, and a smaller page is not", async (_, content) => {
    const { room } = await plant(many(9, content));
    const refused = await ask(PAGE, { room, last: 9 });
    expect(refused.codes).toEqual(["OPERATION_TOO_COMPLEX"]);
    expect(refused.data ?? null).toBeNull();
    expect(refused.errors[0]?.message).toContain("8 MiB");
    expect(refused.text.length).toBeLessThan(1_000);
    expect((await ask(PAGE, { room, last: 7 })).codes).toEqual([]);
  });

  test("whose messages are small, and told again and again", async () => {
    const { leaf } = await plant(["x".repeat(MIB)]);
    const told = (times: number) => Array.from({ length: times }, (_, n) => `a${n}: content`).join(" ");
    const messageTold = (times: number) => `query ($leaf: ID!) { message(id: $leaf) { ${told(times)} } }`;
    expect((await ask(messageTold(7), { leaf })).codes).toEqual([]);
    expect((await ask(messageTold(8), { leaf })).codes).toEqual(["OPERATION_TOO_COMPLEX"]);
    expect((await ask(messageTold(45), { leaf })).codes).toEqual(["OPERATION_TOO_COMPLEX"]);
  });

  test("in several rooms, or in several pages of one", async () => {
    const rooms = await Promise.all(many(5, "").map(() => plant(many(2, "x".repeat(MIB)))));
    const pages = (of: (at: number) => { room: string; last: number }) =>
      `{ ${rooms
        .map(
          (_, at) =>
            `r${at}: chatroom(id: "${of(at).room}") { messages(last: ${of(at).last}) { edges { node { content } } } }`,
        )
        .join(" ")} }`;
    expect((await ask(pages((at) => ({ room: rooms[at]!.room, last: 2 })))).codes).toEqual(["OPERATION_TOO_COMPLEX"]);
    expect((await ask(pages((at) => ({ room: rooms[at]!.room, last: 1 })))).codes).toEqual([]);
    expect((await ask(pages((at) => ({ room: rooms[0]!.room, last: 2 + at })))).codes).toEqual([
      "OPERATION_TOO_COMPLEX",
    ]);
  });

  test.each<[string, (text: string) => string]>([
    ["of what messages answer", (text) => `id parent { ${text} }`],
    ["of what that answers", (text) => `parent { id parent { ${text} } }`],
  ])("%s", async (_, fields) => {
    const { room } = await plant(many(12, "x".repeat(MIB)));
    const page = (text: string) => PAGE.replace("content", fields(text));
    expect((await ask(page("content"), { room, last: 9 })).codes).toEqual(["OPERATION_TOO_COMPLEX"]);
    const whole = await ask(page("content"), { room, last: 7 });
    expect(whole.codes).toEqual([]);
    expect(whole.text.length).toBeGreaterThan(7 * MIB);
    expect((await ask(page("id"), { room, last: 9 })).codes).toEqual([]);
  });

  test("and a text that several are asked about is read once", async () => {
    const { room, leaf } = await plant(many(3, "y".repeat(MIB)));
    const again = PAGE.replace("content", "parent { content } also: parent { content }");
    expect((await ask(again, { room, last: 2 })).codes).toEqual([]);
    const nodes = await ask("query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Message { id content } } }", {
      ids: many(7, leaf),
    });
    expect(nodes.codes).toEqual([]);
    expect(nodes.text.length).toBeGreaterThan(7 * MIB);
  });

  test("and what asks for no text of them is not", async () => {
    const { room } = await plant(many(20, "x".repeat(MIB)));
    const answer = await ask(PAGE.replace("content", "id status"), { room, last: 20 });
    expect(answer.codes).toEqual([]);
    expect(answer.text).toContain("COMPLETE");
  });

  test("over a WebSocket too", async () => {
    const { room } = await plant(many(9, "x".repeat(MIB)));
    const results = alice.connect().iterate({ query: PAGE, variables: { room, last: 9 } });
    const { value } = (await results.next()) as { value: { errors?: readonly { extensions: { code: string } }[] } };
    expect(value.errors?.map(({ extensions }) => extensions.code)).toEqual(["OPERATION_TOO_COMPLEX"]);
  });
});

describe("long texts cost more than a word", () => {
  const aliases = (times: number, field: string) =>
    Array.from({ length: times }, (_, n) => `a${n}: ${field}`).join(" ");
  const rooms = (fields: string) => `{ chatrooms(first: 100) { edges { node { ${fields} } } } }`;

  test("48 prompts of 100 rooms are refused by their cost, before anything is read", async () => {
    const { codes, errors } = await ask(rooms(aliases(48, "systemPrompt")));
    expect(codes).toEqual(["OPERATION_TOO_COMPLEX"]);
    expect(errors[0]?.message).toContain("complexity");
    expect((await ask(rooms(aliases(48, "modelId")))).codes).toEqual([]);
  });

  test("what a client asks for passes", async () => {
    expect((await ask(rooms("id title systemPrompt lastMessagePreview"))).codes).toEqual([]);
  });
});
