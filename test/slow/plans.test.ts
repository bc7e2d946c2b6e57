import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ReadOlder, ReadRoom } from "../../packages/client/src/room/room-documents.ts";
import { ReadAccount } from "../../packages/client/src/account/account-documents.ts";
import { ANCHOR_SPAN } from "../../src/features/messages/anchors.ts";
import { messageCursor } from "../../src/features/messages/read-branches.ts";
import { treeCursor } from "../../src/features/messages/load-trees.ts";
import { finishReply } from "../../src/features/replies/finish-reply.ts";
import { claimReply } from "../../src/features/replies/claim-reply.ts";
import { purgeChatrooms, PURGE_BATCH } from "../../src/features/replies/purge-chatrooms.ts";
import { readHistory } from "../../src/features/replies/read-history.ts";
import { sweepReplies } from "../../src/features/replies/sweep-replies.ts";
import { sweepQueues } from "../../src/features/turns/sweep-queues.ts";
import type { Message } from "../../src/generated/prisma/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { startExplainedApp, type ExplainedApp, type RunPlan } from "../_support/explained-app.ts";
import { post } from "../_support/post.ts";

/**
 * A user with 10,000 rooms and a million messages, a tenth of them siblings. What is sent to PostgreSQL then is told with the
 * plan that it was run by: see `startExplainedApp`.
 */
const ROOMS = 10_000;
const IN_ROOM = 100;
/** A room of two long branches that part after its first message. */
const BRANCH = 2_500;
/** The sixth time on PostgreSQL may take a plan that knows no values. */
const TIMES = 8;
const LIST = 30;
const LIMIT_MS = 300_000;

let colloquy: Colloquy;
let app: ExplainedApp;

/** Ids that grow as those of real messages do. */
const messageId = (room: string, at: string) =>
  `('01a20000-0000-7000-8000-' || lpad(to_hex((${room}) * 8192 + (${at})), 12, '0'))::uuid`;
const roomId = (room: string) => `('01a20000-0000-7000-9000-' || lpad(to_hex(${room}), 12, '0'))::uuid`;
const idOfRoom = (room: number) => `01a20000-0000-7000-9000-${room.toString(16).padStart(12, "0")}`;
const idOfMessage = (room: number, at: number) =>
  `01a20000-0000-7000-8000-${(room * 8_192 + at).toString(16).padStart(12, "0")}`;
const LONG = ROOMS + 1;

/**
 * @param rows the columns `room`, `at` (which message of the room), `depth`, `parent` (which message that is), and `base`: at
 *   which message of the room its branch begins, if depths were counted on
 */
const insertSql = (rows: string) => `
  INSERT INTO "Message" ("id", "chatroomId", "parentId", "anchorId", "depth", "role", "content", "status", "seq")
  SELECT ${messageId('"room"', '"at"')}, ${roomId('"room"')},
    CASE WHEN "depth" > 0 THEN ${messageId('"room"', '"parent"')} END,
    CASE WHEN "depth" > 0 THEN ${messageId('"room"', `CASE WHEN "depth" <= ${ANCHOR_SPAN} THEN 0 ELSE "base" + ("depth" - 1) / ${ANCHOR_SPAN} * ${ANCHOR_SPAN} END`)} END,
    "depth", (ARRAY['USER', 'ASSISTANT'])["depth" % 2 + 1]::"MessageRole", 'message ' || "at" || repeat(' and so on', 20),
    'COMPLETE', "at" + 1
  FROM (${rows}) "each"`;

const ROOM_SQL = (room: string, leaf: string, seq: number) => `
  INSERT INTO "Chatroom" ("id", "userId", "title", "lastMessageAt", "createdAt", "updatedAt", "activeLeafId", "seq", "replySeq", "readSeq", "changeSeq")
  SELECT ${roomId(room)}, $1::uuid, 'Room ' || ${room}, now() - ${room} * interval '1 minute', now(), now(),
    ${messageId(room, leaf)}, ${seq}, ${seq}, ${seq}, 0`;

beforeAll(async () => {
  colloquy = await startColloquy({ apis: 0, workers: 0 });
  app = await startExplainedApp({
    ...colloquy.env,
    BASIC_DAILY_MESSAGES: "100000",
    USER_CONCURRENT_REPLIES: "0",
    ROOMS_PER_USER: "11000",
  });
  const client = new pg.Client({ connectionString: colloquy.env["DATABASE_URL"] });
  await client.connect();
  const user = [app.client.userId()];
  const branchLength = IN_ROOM - IN_ROOM / 10;
  // Each row would be looked up for its foreign keys, which takes longer than all else.
  await client.query(`SET session_replication_role = replica`);
  await client.query(
    `${ROOM_SQL('"room"', String(branchLength - 1), IN_ROOM)} FROM generate_series(1, ${ROOMS}) "room"`,
    user,
  );
  await client.query(
    insertSql(`
      SELECT "room", "at", "depth", "depth" - 1 AS "parent", 0 AS "base" FROM (
        SELECT "room", "at", CASE WHEN "at" < ${branchLength} THEN "at" ELSE 9 + 8 * ("at" - ${branchLength}) END AS "depth"
        FROM generate_series(1, ${ROOMS}) "room", generate_series(0, ${IN_ROOM - 1}) "at"
      ) "message"`),
  );
  await client.query(ROOM_SQL(String(LONG), String(BRANCH - 1), 2 * BRANCH), user);
  await client.query(
    insertSql(`
      SELECT ${LONG} AS "room", "branch" * ${BRANCH} + "depth" AS "at", "depth",
        CASE WHEN "depth" = 1 THEN 0 ELSE "branch" * ${BRANCH} + "depth" - 1 END AS "parent", "branch" * ${BRANCH} AS "base"
      FROM generate_series(0, 1) "branch", generate_series(0, ${BRANCH - 1}) "depth" WHERE "depth" > 0 OR "branch" = 0`),
  );
  await client.query(`VACUUM ANALYZE "Chatroom", "Message"`);
  await client.end();
}, LIMIT_MS);
afterAll(async () => {
  await app?.close();
  await colloquy?.close();
});

async function ask(query: string, variables: Record<string, unknown>): Promise<void> {
  const answer = await post(app.client.url, { query, variables }, { authorization: `Bearer ${app.client.token()}` });
  expect(answer.errors).toEqual([]);
}

type Cost = Readonly<{ rowsRead: number; buffers: number; statements: number }>;

/**
 * Does something several times, each time with other rooms, and looks at the plans of the last one.
 *
 * @returns what that cost; fails when any of them read all rooms or messages
 */
async function costOf(work: (room: number) => Promise<unknown>): Promise<Cost> {
  let plans: RunPlan[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    plans = await app.plansOf(() => work((nextRoom += 1)));
    const scans = plans.filter(({ scanned }) => scanned.includes("Message") || scanned.includes("Chatroom"));
    expect(scans.map(({ query }) => query)).toEqual([]);
  }
  const sum = (of: (plan: RunPlan) => number) => plans.reduce((total, plan) => total + of(plan), 0);
  return {
    rowsRead: sum(({ rowsRead }) => rowsRead),
    buffers: sum(({ buffers }) => buffers),
    statements: plans.length,
  };
}
let nextRoom = 0;

const RENAME = `mutation ($id: ID!) { updateChatroom(input: { id: $id, title: "Renamed" }) { chatroom { id title } } }`;
const rename = (room: number) => ask(RENAME, { id: idOfRoom(room) });
const TREE = `query ($id: ID!, $after: String) { chatroom(id: $id) { tree(first: 30, after: $after) {
  edges { node { id parent { id } siblings { index total } } } } } }`;
const EDIT = `mutation ($input: EditMessageInput!) { editMessage(input: $input) { message { id } reply { id } } }`;
const SELECT = `mutation ($input: SelectBranchInput!) { selectBranch(input: $input) { message { id } } }`;
const REMOVE = `mutation ($id: ID!) { deleteMessage(id: $id) { deletedCount } }`;

/** The rows of tables that it may take: what is on the page, some times over, whatever there is beside it. */
const CASES: readonly { name: string; rows: number; work: (room: number) => Promise<unknown> }[] = [
  {
    name: "the first page of rooms, which a change has dropped from the cache",
    rows: 6 * LIST,
    work: async (room) => {
      await rename(room);
      await ask(ReadAccount, { after: null });
    },
  },
  { name: "the last page of a room", rows: 8 * LIST, work: (room) => ask(ReadRoom, { id: idOfRoom(room) }) },
  {
    name: "a page in the middle of a room",
    rows: 8 * LIST,
    work: (room) => ask(ReadOlder, { id: idOfRoom(room), before: messageCursor({ depth: 50 } as Message) }),
  },
  {
    name: "a page of a tree",
    rows: 6 * LIST,
    work: (room) => ask(TREE, { id: idOfRoom(room), after: treeCursor({ id: idOfMessage(room, 20) } as Message) }),
  },
  {
    name: "what messageAdded missed",
    rows: 6 * LIST,
    work: async (room) => {
      const watch = app.client.watchMessages(idOfRoom(room), String(IN_ROOM - LIST));
      await watch.until(({ id }) => id === idOfMessage(room, IN_ROOM - 1));
      watch.stop();
    },
  },
  { name: "a send", rows: LIST, work: (room) => app.client.send(idOfRoom(room), "hello") },
  {
    name: "an edit in the middle, whose room leaves its branch",
    rows: IN_ROOM,
    work: (room) => ask(EDIT, { input: { messageId: idOfMessage(room, 40), content: "other words" } }),
  },
  {
    name: "another branch",
    rows: 2 * IN_ROOM,
    work: (room) => ask(SELECT, { input: { messageId: idOfMessage(room, 95) } }),
  },
  { name: "a deletion of ten messages", rows: 3 * IN_ROOM, work: (room) => ask(REMOVE, { id: idOfMessage(room, 80) }) },
  {
    name: "a reply: its claim, the conversation that leads to it, its end",
    rows: 6 * IN_ROOM,
    work: async (room) => {
      const { messageId: parentId, replyId } = await app.client.send(idOfRoom(room), "hello");
      const claim = await claimReply(app.ctx, replyId);
      if (claim.kind !== "claimed") throw new Error(claim.kind);
      await readHistory(app.ctx, { parentId, systemPrompt: "", limit: 100_000 });
      await finishReply(app.ctx, claim.reply, { status: "COMPLETE", content: "hello" });
    },
  },
  {
    name: "the sweeps of a worker",
    rows: 12 * TIMES,
    work: async () => {
      await sweepReplies(app.ctx);
      await sweepQueues(app.ctx, new AbortController().signal);
    },
  },
];

test.each(CASES)(
  "$name costs what it answers, not what is stored",
  { timeout: LIMIT_MS },
  async ({ name, rows, work }) => {
    const cost = await costOf(work);
    console.log(`${name}: ${JSON.stringify(cost)}`);
    expect(cost.statements).toBeGreaterThan(0);
    expect(cost.rowsRead).toBeLessThanOrEqual(rows);
  },
);

test("a purge costs what it deletes", { timeout: LIMIT_MS }, async () => {
  const cost = await costOf(async (room) => {
    await app.ctx.db.$executeRaw`UPDATE "Chatroom" SET "deletedAt" = '2020-01-01' WHERE "id" = ${idOfRoom(room)}::uuid`;
    await purgeChatrooms(app.ctx, new AbortController().signal);
    expect(await app.ctx.db.message.count({ where: { chatroomId: idOfRoom(room) } })).toBe(0);
  });
  console.log(`a purge: ${JSON.stringify(cost)}`);
  expect(IN_ROOM).toBeLessThan(PURGE_BATCH);
  expect(cost.rowsRead).toBeLessThanOrEqual(4 * IN_ROOM);
});

test("a page of a long room with branches costs what one of a short room does", { timeout: LIMIT_MS }, async () => {
  const page = (before: number | null) => (room: number) =>
    ask(before === null ? ReadRoom : ReadOlder, {
      id: idOfRoom(room),
      ...(before !== null && { before: messageCursor({ depth: before } as Message) }),
    });
  const short = { last: await costOf(page(null)), middle: await costOf(page(50)) };
  const long = {
    last: await costOf(() => page(null)(LONG)),
    middle: await costOf(() => page(BRANCH / 2)(LONG)),
  };
  console.log(JSON.stringify({ short, long }));
  expect(long.last.buffers / short.last.buffers).toBeLessThan(1.3);
  // From anchor to anchor up to the page.
  expect(long.middle.buffers / short.middle.buffers).toBeLessThan(2);
});
