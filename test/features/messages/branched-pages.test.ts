import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { ANCHOR_SPAN } from "../../../src/features/messages/anchors.ts";
import { treeCursor, treesSql } from "../../../src/features/messages/load-trees.ts";
import { readPlainPage } from "../../../src/features/messages/read-plain-page.ts";
import { branchesSql, messageCursor } from "../../../src/features/messages/read-branches.ts";
import type { Message } from "../../../src/generated/prisma/client.ts";
import { createDatabase, type Database } from "../../../src/platform/postgres/prisma.ts";
import { createUser } from "../../_support/create-reply.ts";
import type { PageWindow } from "../../../src/platform/paging.ts";
import { createTestDatabase } from "../../_support/databases.ts";
import { explain } from "../../_support/explain.ts";

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

/** A room with branches of this length that part after the first message. @returns its id, and the first branch's leaf */
async function plant(branches: number, length: number): Promise<{ room: string; leafId: string }> {
  const room = uuidv7();
  await db.chatroom.create({ data: { id: room, userId: await createUser(db), title: "A room" } });
  const idAt = (depth: string) =>
    `md5('${room}' || CASE WHEN ${depth} = 0 THEN 1 ELSE "b" END || ':' || ${depth})::uuid`;
  await db.$transaction([
    // Each row would be looked up for its foreign keys, which takes longer than all else.
    db.$executeRawUnsafe(`SET LOCAL session_replication_role = replica`),
    db.$executeRawUnsafe(`
      INSERT INTO "Message" ("id", "chatroomId", "parentId", "anchorId", "depth", "role", "content", "status", "seq")
      SELECT ${idAt(`"n"`)}, '${room}', CASE WHEN "n" > 0 THEN ${idAt(`("n" - 1)`)} END,
        CASE WHEN "n" > 0 THEN ${idAt(`(("n" - 1) / ${ANCHOR_SPAN} * ${ANCHOR_SPAN})`)} END, "n",
        (ARRAY['USER', 'ASSISTANT'])["n" % 2 + 1]::"MessageRole", 'message ' || "n", 'COMPLETE', "b" * ${length} + "n"
      FROM generate_series(1, ${branches}) "b", generate_series(0, ${length - 1}) "n"
      WHERE "n" > 0 OR "b" = 1`),
  ]);
  await db.$executeRaw`ANALYZE "Message"`;
  const [leaf] = await db.$queryRawUnsafe<[{ id: string }]>(
    `SELECT ${idAt(`${length - 1}`)}::text AS "id" FROM (SELECT 1 AS "b") "one"`,
  );
  return { room, leafId: leaf.id };
}

test("a page of a long room with branches costs hardly more than one of a short room", async () => {
  const limit = 51;
  const short = await plant(1, 120);
  const long = await plant(3, 5_000);
  const rowsOf = async (leafId: string, depth: number) => {
    const cursor = messageCursor({ depth } as Message);
    const pages = {
      first: branchesSql([leafId], { limit, inverted: false }),
      last: branchesSql([leafId], { limit, inverted: true }),
      after: branchesSql([leafId], { after: cursor, limit, inverted: false }),
      before: branchesSql([leafId], { before: cursor, limit, inverted: true }),
    };
    const costs: number[] = [];
    for (const sql of Object.values(pages)) {
      const { text, rowsRead } = await explain(db, sql);
      expect(text).not.toContain("Seq Scan");
      costs.push(rowsRead);
    }
    return Math.max(...costs);
  };
  const few = await rowsOf(short.leafId, 60);
  const plain = (roomId: string, leafId: string, window: PageWindow, maxBytes = 2 ** 20) =>
    readPlainPage({ db }, { roomId, leafId, window }, maxBytes);
  expect(await plain(short.room, short.leafId, { limit, inverted: true })).toHaveLength(limit);
  expect(await plain(short.room, short.leafId, { limit: 200, inverted: false })).toHaveLength(120);
  // Its second message has siblings, which only a page to the beginning meets.
  expect(await plain(long.room, long.leafId, { limit: 1, inverted: false })).toHaveLength(1);
  expect(await plain(long.room, long.leafId, { limit: 2, inverted: false })).toBeNull();
  expect(await plain(long.room, long.leafId, { limit, inverted: true })).toBeNull();
  // The texts that are read could be too much together.
  expect(await plain(short.room, short.leafId, { limit, inverted: true }, 500)).toBeNull();
  // From the leaf to the page by anchors: 5,000 / ANCHOR_SPAN, and from the last of them by parents.
  const walk = 5_000 / ANCHOR_SPAN + 2 * ANCHOR_SPAN;
  expect(await rowsOf(long.leafId, 2_500)).toBeLessThan(few + walk + limit);

  const [middle] = await db.message.findMany({
    where: { chatroomId: long.room },
    orderBy: { id: "asc" },
    skip: 7_000,
    take: 1,
  });
  for (const window of [
    { limit, inverted: false },
    { after: treeCursor(middle!), limit, inverted: false },
    { before: treeCursor(middle!), limit, inverted: true },
  ]) {
    const { text, rowsRead } = await explain(db, treesSql([long.room], window));
    expect([text.includes("Seq Scan"), rowsRead < 3 * limit]).toEqual([false, true]);
  }
});
