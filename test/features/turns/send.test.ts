import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { headsSql } from "../../../src/features/rooms/read-room-heads.ts";
import { readSettings } from "../../../src/features/models/room-settings.ts";
import { appendTurn, type TurnRoom } from "../../../src/features/turns/append-turn.ts";
import { readForSendSql } from "../../../src/features/turns/read-for-send.ts";
import { sendMessage } from "../../../src/features/turns/send-message.ts";
import type { Prisma } from "../../../src/generated/prisma/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { startCountedApp, type CountedApp } from "../../_support/counted-app.ts";
import { explain } from "../../_support/explain.ts";
import { whenBlocked } from "../../_support/when-blocked.ts";

let colloquy: Colloquy;
let app: CountedApp;

beforeAll(async () => {
  colloquy = await startColloquy({ apis: 0, workers: 0 });
  app = await startCountedApp(colloquy.env);
});
afterAll(async () => {
  await app.close();
  await colloquy.close();
});

async function send(chatroomId: string, more: { clientId?: string; parentId?: string } = {}) {
  const { message, reply } = await sendMessage(app.ctx, app.client.userId(), { chatroomId, content: "hello", ...more });
  if (!reply) throw new Error("the message was queued");
  return { message, reply };
}

async function charges(): Promise<number> {
  const { _sum } = await colloquy.db.usage.aggregate({
    where: { userId: app.client.userId() },
    _sum: { messages: true },
  });
  return _sum.messages ?? 0;
}

const room = (id: string) => colloquy.db.chatroom.findUniqueOrThrow({ where: { id } });

/** Begins a send while the room is locked by another transaction, which goes on once the send waits for it. */
async function sendDuring(
  chatroomId: string,
  change: (tx: Prisma.TransactionClient) => Promise<unknown>,
  more: { parentId?: string } = {},
) {
  return colloquy.db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 AS "locked" FROM "Chatroom" WHERE "id" = ${chatroomId}::uuid FOR UPDATE`;
    const sent = send(chatroomId, more).then(
      (value) => ({ value, error: null }),
      (error: unknown) => ({ value: null, error }),
    );
    await whenBlocked(tx);
    await change(tx);
    return { sent };
  });
}

test("a send is a look and one statement, and its answer asks for nothing more", async () => {
  const id = await app.client.createRoom();
  const statements = await app.statementsOf(() => app.client.send(id, "hello", { clientId: "first" }));
  expect(statements).toHaveLength(2);
  expect(statements.join()).not.toMatch(/BEGIN|COMMIT/);
});

test("the messages that are returned are those that are stored", async () => {
  const id = await app.client.createRoom();
  const { message, reply } = await send(id, { clientId: "stored" });
  const read = (messageId: string) => colloquy.db.message.findUniqueOrThrow({ where: { id: messageId } });
  expect(await read(message.id)).toEqual(message);
  expect(await read(reply.id)).toEqual(reply);
  expect(await room(id)).toMatchObject({ seq: 2, activeLeafId: reply.id, lastMessageAt: message.createdAt });
});

test("of many sends at once one is stored and charged, and the others say that a reply is running", async () => {
  const [id, before] = [await app.client.createRoom(), await charges()];
  const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => send(id)));
  const failures = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(failures).toHaveLength(11);
  for (const { reason } of failures) expect(reason).toMatchObject({ code: "REPLY_IN_PROGRESS" });
  expect(await charges()).toBe(before + 1);
  expect(await room(id)).toMatchObject({ seq: 2 });
});

test("of many sends at once with one clientId all return the same messages", async () => {
  const [id, before] = [await app.client.createRoom(), await charges()];
  const sent = await Promise.all(Array.from({ length: 12 }, () => send(id, { clientId: "once" })));
  expect(new Set(sent.flatMap(({ message, reply }) => [message.id, reply.id])).size).toBe(2);
  expect(await charges()).toBe(before + 1);
});

test("a room that is only renamed meanwhile takes the message, and keeps its name", async () => {
  const id = await app.client.createRoom();
  const { sent } = await sendDuring(id, (tx) => tx.chatroom.update({ where: { id }, data: { title: "Renamed" } }));
  const { value } = await sent;
  expect(await room(id)).toMatchObject({ title: "Renamed", seq: 2, activeLeafId: value?.reply.id });
});

test("what happens to the room meanwhile decides on the send: it has moved on, or is gone", async () => {
  const [id, before] = [await app.client.createRoom(), await charges()];
  const leaf = uuidv7();
  const moved = await sendDuring(id, async (tx) => {
    await tx.message.create({
      data: { id: leaf, chatroomId: id, depth: 0, role: "USER", content: "elsewhere", status: "COMPLETE", seq: 1 },
    });
    await tx.chatroom.update({ where: { id }, data: { seq: 1, activeLeafId: leaf } });
  });
  expect((await moved.sent).value?.message).toMatchObject({ parentId: leaf, depth: 1, seq: 2 });

  const head = (await room(id)).activeLeafId!;
  await colloquy.db.message.update({ where: { id: head }, data: { status: "COMPLETE", seq: 3 } });
  await colloquy.db.chatroom.update({ where: { id }, data: { seq: 3 } });
  const conflict = await sendDuring(
    id,
    (tx) => tx.chatroom.update({ where: { id }, data: { seq: 4, activeLeafId: leaf } }),
    { parentId: head },
  );
  expect((await conflict.sent).error).toMatchObject({ code: "CONFLICT", details: { headId: leaf } });

  const gone = await sendDuring(id, (tx) => tx.chatroom.update({ where: { id }, data: { deletedAt: new Date() } }));
  expect((await gone.sent).error).toMatchObject({ code: "NOT_FOUND" });
  expect(await charges()).toBe(before + 1);
});

test("a reply that is retried meanwhile, which moves no room, refuses the send", async () => {
  const id = await app.client.createRoom();
  const { reply } = await send(id);
  await colloquy.db.message.update({ where: { id: reply.id }, data: { status: "FAILED", seq: 2 } });
  await colloquy.db.chatroom.update({ where: { id }, data: { seq: 2 } });
  const before = await charges();
  const { sent } = await sendDuring(id, (tx) =>
    tx.message.update({ where: { id: reply.id }, data: { status: "PENDING", seq: null } }),
  );
  expect((await sent).error).toMatchObject({ code: "REPLY_IN_PROGRESS", details: { replyId: reply.id } });
  expect(await charges()).toBe(before);
});

test("a reply without a new question stands beside the one before, is charged, and becomes the head", async () => {
  const userId = app.client.userId();
  const id = await app.client.createRoom();
  const { message, reply } = await send(id);
  await colloquy.db.message.update({ where: { id: reply.id }, data: { status: "FAILED" } });
  const before = await charges();
  const [seen] = await colloquy.db.$queryRaw<[TurnRoom]>(readForSendSql(app.ctx, userId, { chatroomId: id }));
  const asking = { modelId: "gemini-3.8-flash", settings: readSettings(null) };
  const again = () => appendTurn(app.ctx, userId, { room: seen, parent: message, question: null, asking });

  const turn = await again();
  expect(turn).toMatchObject({
    message: null,
    reply: { model: "gemini-3.8-flash", parentId: message.id, depth: message.depth + 1, status: "PENDING" },
  });
  expect(await room(id)).toMatchObject({ activeLeafId: turn?.reply.id, seq: seen.seq + 1 });
  expect(await charges()).toBe(before + 1);
  // The room has moved on since it was read.
  expect(await again()).toBeNull();
  expect(await charges()).toBe(before + 1);
});

test("many replies that wait, of which the statistics do not know yet, cost nobody else's send or list anything", async () => {
  const id = await app.client.createRoom();
  await send(id);
  const waiting = 500;
  await colloquy.db.$transaction(async (tx) => {
    await tx.$executeRaw`UPDATE "Message" SET "status" = 'FAILED' WHERE "status" = 'PENDING'`;
    await tx.$executeRaw`ANALYZE "Message"`;
  });
  const userId = app.client.userId();
  await colloquy.db.$executeRaw`
    INSERT INTO "Chatroom" ("id", "userId", "title", "model", "updatedAt")
    SELECT gen_random_uuid(), ${userId}::uuid, 'waits', 'model', now() FROM generate_series(1, ${waiting}::int)`;
  await colloquy.db.$executeRaw`ANALYZE "Chatroom"`;
  await colloquy.db.$executeRaw`
    INSERT INTO "Message" ("id", "chatroomId", "depth", "role", "content", "status", "userId")
    SELECT gen_random_uuid(), "id", 0, 'ASSISTANT', '', 'PENDING', gen_random_uuid()
    FROM "Chatroom" WHERE "title" = 'waits'`;
  for (const sql of [readForSendSql(app.ctx, userId, { chatroomId: id }), headsSql([id])]) {
    expect((await explain(colloquy.db, sql)).rowsRead).toBeLessThan(waiting / 10);
  }
});
