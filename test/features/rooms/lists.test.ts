import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { roomCursor, listSql } from "../../../src/features/rooms/list-chatrooms.ts";
import { plainPageSql } from "../../../src/features/messages/read-plain-page.ts";
import { branchesSql, messageCursor } from "../../../src/features/messages/read-branches.ts";
import type { PageWindow } from "../../../src/platform/paging.ts";
import { headsSql } from "../../../src/features/rooms/read-room-heads.ts";
import type { Message, Prisma } from "../../../src/generated/prisma/client.ts";
import type { TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { startCountedApp, type CountedApp } from "../../_support/counted-app.ts";
import { explain } from "../../_support/explain.ts";
import { GetChatroom, ListChatrooms, ListConversations } from "../../_support/documents.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";

let colloquy: Colloquy;
let app: CountedApp;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await shareColloquy({ apis: 0, workers: 0 });
  app = await startCountedApp(colloquy.env);
  alice = app.client;
});
afterAll(async () => {
  await app.close();
  await colloquy.close();
});

type Page = { first?: number; last?: number; after?: string; before?: string };

/** A client of a new user. */
async function newcomer(): Promise<TestClient> {
  const client = colloquy.client({ port: Number(new URL(alice.url).port) } as never);
  await client.signIn();
  return client;
}

async function list(client: TestClient, page: Page) {
  const { chatrooms } = await client.request(ListChatrooms, page);
  return { titles: chatrooms.edges.map(({ node }) => node.title), ...chatrooms.pageInfo };
}

const active = (room: string, ago: number) =>
  colloquy.db.chatroom.update({ where: { id: room }, data: { lastMessageAt: new Date(1_800_000_000_000 - ago) } });

describe("the rooms", () => {
  test("come in pages, forward and backward, newest activity first, and those of one moment in order", async () => {
    const bob = await newcomer();
    for (const title of ["e", "d", "c", "b", "a"]) await active(await bob.createRoom(title), 1_000);
    const all = await list(bob, { first: 100 });
    expect(all).toMatchObject({ titles: ["a", "b", "c", "d", "e"], hasNextPage: false, hasPreviousPage: false });

    const one = await list(bob, { first: 2 });
    expect(one).toMatchObject({ titles: ["a", "b"], hasNextPage: true, hasPreviousPage: false });
    const two = await list(bob, { first: 2, after: one.endCursor! });
    expect(two).toMatchObject({ titles: ["c", "d"], hasNextPage: true, hasPreviousPage: true });
    const three = await list(bob, { first: 2, after: two.endCursor! });
    expect(three).toMatchObject({ titles: ["e"], hasNextPage: false });

    const last = await list(bob, { last: 2 });
    expect(last).toMatchObject({ titles: ["d", "e"], hasNextPage: false, hasPreviousPage: true });
    const before = await list(bob, { last: 2, before: last.startCursor! });
    expect(before).toMatchObject({ titles: ["b", "c"], hasNextPage: true, hasPreviousPage: true });
    expect(await list(bob, { last: 2, before: before.startCursor! })).toMatchObject({
      titles: ["a"],
      hasPreviousPage: false,
    });
    expect(await list(bob, { first: 9, after: one.startCursor!, before: last.endCursor! })).toMatchObject({
      titles: ["b", "c", "d"],
    });
  });

  test("are neither listed twice nor left out when others move up meanwhile", async () => {
    const bob = await newcomer();
    const rooms: string[] = [];
    for (let ago = 0; ago < 6; ago += 1) rooms.push(await bob.createRoom(`room ${ago}`));
    for (const [ago, room] of rooms.entries()) await active(room, ago);
    const one = await list(bob, { first: 3 });
    expect(one.titles).toEqual(["room 0", "room 1", "room 2"]);
    // The very room that the cursor was made of comes up, and a new one is made.
    await active(rooms[2]!, -1);
    await bob.createRoom("new");
    const two = await list(bob, { first: 3, after: one.endCursor! });
    expect(two.titles).toEqual(["room 3", "room 4", "room 5"]);
  });

  test("show what was last said, in one line, and the reply that is waited for", async () => {
    const bob = await newcomer();
    const [empty, room] = [await bob.createRoom("empty"), await bob.createRoom("room")];
    const { replyId } = await bob.send(room, `  What\n\n is  ${"😀".repeat(200)}?`);
    const read = async () => {
      const { chatrooms } = await bob.request(ListChatrooms, {});
      return Object.fromEntries(chatrooms.edges.map(({ node }) => [node.id, node]));
    };
    const waiting = await read();
    expect(waiting[empty]).toMatchObject({ lastMessagePreview: null, activeReply: null });
    expect(waiting[room]).toMatchObject({
      lastMessagePreview: `What is ${"😀".repeat(132)}`,
      activeReply: { id: replyId, status: "PENDING" },
    });
  });

  test("of somebody else are in nobody's list", async () => {
    const [bob, carol] = [await newcomer(), await newcomer()];
    await bob.createRoom("Bob's");
    const { endCursor } = await list(bob, { first: 1 });
    await carol.createRoom("Carol's");
    expect((await list(carol, { before: endCursor!, last: 5 })).titles).not.toContain("Bob's");
    expect((await list(carol, {})).titles).toEqual(["Carol's"]);
  });
});

describe("the messages of a room", () => {
  test("are those of the active branch, wherever branches part and whatever their lengths are", async () => {
    const room = await alice.createRoom("branches");
    // a - b - c - d - e
    //       \ C - D
    //   \ B - X - Y - Z - V - W
    const ids = await plant(room, { a: "", b: "a", c: "b", d: "c", e: "d", C: "b", D: "C", B: "a", X: "B", Y: "X", Z: "Y", V: "Z", W: "V" }); // prettier-ignore
    for (const [leaf, branch] of [
      ["e", "abcde"],
      ["D", "abCD"],
      ["W", "aBXYZVW"],
      ["c", "abc"],
    ] as const) {
      await colloquy.db.chatroom.update({ where: { id: room }, data: { activeLeafId: ids[leaf]! } });
      expect(await walk(room, "forward"), `to ${leaf}`).toBe(branch);
      expect(await walk(room, "backward"), `to ${leaf}`).toBe(branch);
    }
  });

  test("stay where they are when more are said", async () => {
    const room = await alice.createRoom("grows");
    const ids = await plant(room, { a: "", b: "a", c: "b" });
    await colloquy.db.chatroom.update({ where: { id: room }, data: { activeLeafId: ids["c"]! } });
    const newest = await page(room, { last: 2 });
    expect(newest).toMatchObject({ text: "bc", hasPreviousPage: true, hasNextPage: false });
    const more = await plant(room, { d: ids["c"]!, e: "d" });
    await colloquy.db.chatroom.update({ where: { id: room }, data: { activeLeafId: more["e"]! } });
    expect(await page(room, { last: 2, before: newest.startCursor! })).toMatchObject({ text: "a", hasNextPage: true });
    expect(await page(room, { first: 2, after: newest.endCursor! })).toMatchObject({ text: "de", hasNextPage: false });
  });

  test("are none in an empty room", async () => {
    expect(await page(await alice.createRoom(), { last: 5 })).toMatchObject({ text: "", hasNextPage: false });
  });

  async function page(id: string, variables: Page) {
    const { chatroom } = await alice.request(GetChatroom, { id, ...variables });
    return {
      text: chatroom!.messages.edges.map(({ node }) => node.content).join(""),
      ...chatroom!.messages.pageInfo,
    };
  }

  /** All of the branch, in pages of two. */
  async function walk(room: string, way: "forward" | "backward"): Promise<string> {
    let text = "";
    let cursor: string | undefined;
    for (;;) {
      const forward = way === "forward";
      const read = await page(
        room,
        forward ? { first: 2, ...(cursor && { after: cursor }) } : { last: 2, ...(cursor && { before: cursor }) },
      );
      text = forward ? text + read.text : read.text + text;
      if (!(forward ? read.hasNextPage : read.hasPreviousPage)) return text;
      cursor = (forward ? read.endCursor : read.startCursor) ?? undefined;
    }
  }

  /** Stores messages that say their own names. @param tree each one's parent: a name before it, or an id */
  async function plant(chatroomId: string, tree: Record<string, string>): Promise<Record<string, string>> {
    const ids: Record<string, string> = {};
    for (const [name, parent] of Object.entries(tree)) {
      const above = await colloquy.db.message.findUnique({ where: { id: ids[parent] ?? (parent || NOBODY) } });
      const data = { chatroomId, parentId: above?.id ?? null, depth: (above?.depth ?? -1) + 1, content: name };
      const { id } = await colloquy.db.message.create({
        data: { id: crypto.randomUUID(), role: "USER", status: "COMPLETE", ...data },
      });
      ids[name] = id;
    }
    return ids;
  }
});

const NOBODY = "00000000-0000-4000-8000-000000000000";

const ROOMS = 10_000;
const PORTION = 1_000;

describe("at scale", () => {
  let bob: TestClient;
  let leaf: Message;

  /** 10,000 rooms of one user with 10 messages each, and one with 5,000: a tenth of a million, so that it is fast. */
  beforeAll(async () => {
    bob = await newcomer();
    const userId = bob.userId();
    const long = await bob.createRoom("long");
    await colloquy.db.$executeRaw`
      INSERT INTO "Chatroom" ("id", "userId", "title", "model", "lastMessageAt", "updatedAt")
      SELECT md5(${long} || "n")::uuid, ${userId}::uuid, "n"::text, 'm', now() - "n" * interval '1 minute', now()
      FROM generate_series(1, ${ROOMS}::int) "n"`;
    // Among those of others, or all that is stored is this user's and is best read from end to end.
    const others = (await newcomer()).userId();
    await colloquy.db.$executeRaw`
      INSERT INTO "Chatroom" ("id", "userId", "title", "lastMessageAt", "updatedAt")
      SELECT md5(${others} || "n")::uuid, ${others}::uuid, "n"::text, now() - "n" * interval '1 minute', now()
      FROM generate_series(1, ${ROOMS * 4}::int) "n"`;
    for (let from = 1; from <= ROOMS; from += PORTION) await fill(userId, from, 10);
    await fill(userId, null, 5_000);
    await colloquy.db.$executeRaw`
      UPDATE "Chatroom" SET "activeLeafId" = md5("id"::text || CASE "title" WHEN 'long' THEN 4999 ELSE 9 END)::uuid
      WHERE "userId" = ${userId}::uuid`;
    await colloquy.db.$executeRaw`ANALYZE "Chatroom", "Message"`;
    leaf = await colloquy.db.message.findFirstOrThrow({ where: { chatroomId: long, depth: 4_999 } });
  });

  /** Fills a portion of the rooms, or the long one. */
  async function fill(userId: string, from: number | null, messages: number): Promise<void> {
    const titles = from === null ? ["long"] : Array.from({ length: PORTION }, (_, at) => String(from + at));
    await colloquy.db.$transaction([
      // Each row would be looked up for its foreign keys, which takes longer than all else.
      colloquy.db.$executeRaw`SET LOCAL session_replication_role = replica`,
      colloquy.db.$executeRaw`
        INSERT INTO "Message" ("id", "chatroomId", "parentId", "depth", "role", "content", "status", "seq")
        SELECT md5("room"."id"::text || "n")::uuid, "room"."id",
          CASE WHEN "n" > 0 THEN md5("room"."id"::text || "n" - 1)::uuid END,
          "n", (ARRAY['USER', 'ASSISTANT'])["n" % 2 + 1]::"MessageRole", 'message ' || "n",
          (CASE WHEN "n" = ${messages}::int - 1 THEN 'PENDING' ELSE 'COMPLETE' END)::"MessageStatus", "n" + 1
        FROM "Chatroom" "room", generate_series(0, ${messages}::int - 1) "n"
        WHERE "room"."userId" = ${userId}::uuid AND "room"."title" = ANY(${titles})`,
    ]);
  }

  test("the number of statements does not grow with the pages", async () => {
    const count = async (rooms: number, messages: number) => {
      const statements = await app.statementsOf(() => bob.request(ListConversations, { rooms, messages }));
      return statements.length;
    };
    const few = await count(1, 1);
    expect(await count(50, 20)).toBe(few);
    const rooms = () => app.statementsOf(() => bob.request(ListChatrooms, { first: 49 }));
    // The rooms with where they stand, and the replies that are running in them.
    expect(await rooms()).toHaveLength(2);
    expect(await rooms(), "from the cache").toHaveLength(0);
    const room = (last: number) => app.statementsOf(() => bob.request(GetChatroom, { id: leaf.chatroomId, last }));
    expect(await room(50)).toHaveLength((await room(1)).length);
  });

  test("a title is found among all rooms of the user, and nobody else's are read", async () => {
    const window = { limit: 21, inverted: false };
    const statement = listSql(bob.userId(), window, { titleContains: "9999" });
    const { text, rowsRead } = await explain(colloquy.db, statement);
    const found = { index: text.includes("Index"), scan: text.includes("Seq Scan"), own: rowsRead <= ROOMS + 10 };
    expect(found).toEqual({ index: true, scan: false, own: true });
  });

  test("every page comes from indexes, wherever it is", async () => {
    const middle = await colloquy.db.chatroom.findMany({
      where: { userId: bob.userId() },
      orderBy: { lastMessageAt: "desc" },
      skip: 5_000,
      take: 50,
    });
    const place = roomCursor(middle[0]!);
    const depth = messageCursor({ ...leaf, depth: 2_500 });
    const leaves = middle.map(({ activeLeafId }) => activeLeafId!);
    const [limit, long] = [51, [leaf.id]];
    const plain = (window: PageWindow) => ({ roomId: leaf.chatroomId, leafId: leaf.id, window });
    const statements: Record<string, Prisma.Sql> = {
      "first rooms": listSql(bob.userId(), { limit, inverted: false }),
      "last rooms": listSql(bob.userId(), { limit, inverted: true }),
      "rooms after": listSql(bob.userId(), { after: place, limit, inverted: false }),
      "rooms before": listSql(bob.userId(), { before: place, limit, inverted: true }),
      "pinned rooms": listSql(bob.userId(), { limit, inverted: false }, { pinned: true }),
      "the archive": listSql(bob.userId(), { limit, inverted: false }, { archived: true }),
      "rooms that are not pinned": listSql(bob.userId(), { limit, inverted: false }, { pinned: false }),
      "heads of rooms": headsSql(middle.map(({ id }) => id)),
      "first messages": branchesSql(long, { limit, inverted: false }),
      "last messages": branchesSql(long, { limit, inverted: true }),
      "messages after": branchesSql(long, { after: depth, limit, inverted: false }),
      "messages before": branchesSql(long, { before: depth, limit, inverted: true }),
      "last messages by depth": plainPageSql(plain({ limit, inverted: true }), 2 ** 20),
      "messages after by depth": plainPageSql(plain({ after: depth, limit, inverted: false }), 2 ** 20),
      "messages before by depth": plainPageSql(plain({ before: depth, limit, inverted: true }), 2 ** 20),
      "messages of many rooms": branchesSql(leaves, { limit: 21, inverted: true }),
    };
    for (const [what, sql] of Object.entries(statements)) {
      const { text, rowsRead } = await explain(colloquy.db, sql);
      // Not all of the user's rooms, nor all of the long room: a few times what the page shows.
      const found = { what, index: text.includes("Index"), scan: text.includes("Seq Scan"), few: rowsRead < 4_000 };
      expect(found).toEqual({ what, index: true, scan: false, few: true });
    }
  });
});
