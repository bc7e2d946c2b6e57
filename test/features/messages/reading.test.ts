import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";

import { createMessageLoader, createTextLoader, isUnread } from "../../../src/features/messages/load-messages.ts";
import { MAX_PAGE_BYTES, readLogPage } from "../../../src/features/messages/read-log-page.ts";
import { createDatabase, type Database } from "../../../src/platform/postgres/prisma.ts";
import { createUser } from "../../_support/create-reply.ts";
import { createTestDatabase } from "../../_support/databases.ts";

const MIB = 2 ** 20;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  db = createDatabase({ url: database.url, poolSize: 2 });
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

/** A room whose log has these texts, from 1 on. @returns its id, and those of the messages */
async function plant(contents: readonly string[]): Promise<{ room: string; ids: string[] }> {
  const room = uuidv7();
  await db.chatroom.create({ data: { id: room, userId: await createUser(db), title: "A room", model: "a-model" } });
  const ids = contents.map(() => uuidv7());
  await db.message.createMany({
    data: contents.map((content, at) => ({
      id: ids[at]!,
      chatroomId: room,
      depth: at,
      seq: at + 1,
      role: "USER",
      status: "COMPLETE",
      content,
    })),
  });
  return { room, ids };
}

describe("a page of a room's log", () => {
  /** How many messages each page has, from the log's beginning to its end. */
  async function pagesOf(room: string): Promise<number[]> {
    const sizes: number[] = [];
    for (let seq = 0; ;) {
      const { messages: page, complete } = await readLogPage({ db }, room, seq, { running: false });
      if (page.length === 0) return sizes;
      expect(page.map(({ position }) => position)).toEqual(page.map((_, at) => seq + at + 1));
      sizes.push(page.length);
      seq += page.length;
      const more = await db.message.count({ where: { chatroomId: room, seq: { gt: seq } } });
      if (complete) expect(more).toBe(0);
    }
  }

  test.each<[string, string[], number[]]>([
    ["of short ones has 50 messages", Array.from({ length: 120 }, () => "x"), [50, 50, 20]],
    ["ends with the message that fills it", Array.from({ length: 7 }, () => "x".repeat(MAX_PAGE_BYTES / 4)), [4, 3]],
    [
      "counts bytes, not characters",
      Array.from({ length: 4 }, () => "字".repeat(Math.ceil(MAX_PAGE_BYTES / 6))),
      [2, 2],
    ],
    ["has one message that is longer than a page", ["x", "x".repeat(3 * MAX_PAGE_BYTES), "x", "x"], [2, 2]],
    ["of a room without messages is empty", [], []],
  ])("%s", async (_, contents, sizes) => {
    const { room } = await plant(contents);
    expect(await pagesOf(room)).toEqual(sizes);
  });

  test("has all that a message has", async () => {
    const { room, ids } = await plant(["one"]);
    const { messages } = await readLogPage({ db }, room, 0, { running: false });
    const [stored] = await db.message.findMany({ where: { id: { in: ids } } });
    expect(messages).toEqual([{ ...stored, position: stored?.seq }]);
  });
});

describe("messages that are loaded for others", () => {
  test("have no text until it is asked for", async () => {
    const { ids } = await plant(["one", "two"]);
    const messages = createMessageLoader({ db });
    const loaded = await Promise.all([ids[1]!, uuidv7(), ids[0]!, ids[1]!].map((id) => messages.load(id)));
    expect(loaded.map((message) => message?.id ?? null)).toEqual([ids[1], null, ids[0], ids[1]]);
    expect(loaded[0]?.seq).toBe(2);
    expect(loaded[0] && isUnread(loaded[0])).toBe(true);
    expect(() => loaded[0]?.content).toThrow("textOf");
    const texts = createTextLoader({ db });
    expect(await Promise.all(ids.map((id) => texts.load(id)))).toEqual(["one", "two"]);
    // One that was deleted meanwhile spoils no page, and ends no subscription.
    expect(await texts.load(uuidv7())).toBe("");
  });

  test("have no more texts in one answer than it may have, and nothing of more is read", async () => {
    const { ids } = await plant(Array.from({ length: 9 }, () => "x".repeat(MIB)));
    const texts = createTextLoader({ db });
    const all = await Promise.allSettled(ids.map((id) => texts.load(id)));
    expect(all.map(({ status }) => status)).toEqual(ids.map(() => "rejected"));
    expect(all[0]).toMatchObject({ reason: { code: "OPERATION_TOO_COMPLEX" } });
    // What was not read is still to be had; what was read is not.
    const few = await Promise.all(ids.slice(0, 5).map((id) => texts.load(id)));
    expect(few.every((text) => text.length === MIB)).toBe(true);
    const more = await Promise.allSettled(ids.slice(5).map((id) => texts.load(id)));
    expect(more.map(({ status }) => status)).toEqual(Array.from({ length: 4 }, () => "rejected"));
  });
});
