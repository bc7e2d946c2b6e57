import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { selectBranch } from "../../../src/features/messages/select-branch.ts";
import { stopReply } from "../../../src/features/replies/stop-reply.ts";
import { restoreChatroom } from "../../../src/features/rooms/restore-chatroom.ts";
import { MAX_DEPTH } from "../../../src/features/turns/assert-depth.ts";
import { cancelQueued } from "../../../src/features/turns/cancel-queued.ts";
import { deleteChatroom } from "../../../src/features/turns/delete-chatroom.ts";
import { editMessage } from "../../../src/features/turns/edit-message.ts";
import { resumeQueue } from "../../../src/features/turns/resume-queue.ts";
import { waitingRoomsSql } from "../../../src/features/turns/sweep-queues.ts";
import { updateQueued } from "../../../src/features/turns/update-queued.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { startCountedApp, type CountedApp } from "../../_support/counted-app.ts";
import { createUser } from "../../_support/create-reply.ts";
import { explain } from "../../_support/explain.ts";
import { fileModel, writeModelsFile } from "../../_support/models-file.ts";
import { queueCalls } from "../../_support/queue-calls.ts";

/** What a reply of each model reserves, in micro-units. */
const CHEAP = 7_400;
const DEAR = 29_600;
const LIMIT = 9.5 * CHEAP;
const MESSAGES = 6;

let colloquy: Colloquy;
let app: CountedApp;
let userId: string;

beforeAll(async () => {
  const dear = { prices: [{ prompt: 1_200_000, cached: 30_000, reply: 10_000_000 }] };
  const models = [fileModel("cheap", { default: true }), fileModel("dear", dear), fileModel("pro", { plans: ["PRO"] })];
  const env = {
    MODELS_FILE: writeModelsFile(models),
    BASIC_DAILY_MESSAGES: String(MESSAGES),
    BASIC_DAILY_COST: String(LIMIT),
  };
  colloquy = await startColloquy({ apis: 0, workers: 0, env });
  app = await startCountedApp(colloquy.env);
});
afterAll(async () => {
  await app.close();
  await colloquy.close();
});
beforeEach(async () => {
  userId = await createUser(colloquy.db);
});

const user = () => ({ ctx: app.ctx, userId });
const { send, queue, takeUp, sweep, stateOf, usage, openRoom, end, during } = queueCalls(user);

describe("a queued message", () => {
  test("is stored, taken up and cancelled in one statement each, beside what is read before", async () => {
    const { room, replyId } = await openRoom();
    const count = async (work: () => Promise<unknown>) => {
      const statements = await app.statementsOf(work);
      expect(statements.join()).not.toMatch(/BEGIN|COMMIT/);
      return statements.length;
    };
    expect(await count(() => queue(room))).toBe(2);
    const last = await queue(room);
    expect(await count(() => cancelQueued(app.ctx, userId, last.id))).toBe(1);
    await end(replyId);
    expect(await count(() => takeUp(room))).toBe(3);
  });

  test("is taken up once, however many workers try, and charged once", async () => {
    const { room, replyId } = await openRoom();
    const [first, second] = [await queue(room, { clientId: "one" }), await queue(room)];
    await end(replyId);
    const taken = await Promise.all([...Array.from({ length: 8 }, () => takeUp(room)), sweep(), sweep()]);
    expect(taken.filter((each) => each !== null && each !== undefined).length).toBeLessThanOrEqual(1);
    const messages = await colloquy.db.message.findMany({ where: { chatroomId: room }, orderBy: { depth: "asc" } });
    expect(messages).toHaveLength(4);
    expect(messages.slice(2)).toMatchObject([
      { id: first.id, clientId: "one", parentId: replyId, seq: 4, status: "COMPLETE", createdAt: first.createdAt },
      { parentId: first.id, status: "PENDING", model: "cheap", reservedCost: CHEAP },
    ]);
    expect(await stateOf(room)).toMatchObject({ queued: 1, queue: [{ id: second.id }], activeLeafId: messages[3]?.id });
    expect(await usage()).toEqual({ messages: 3, reserved: 2 * CHEAP });
  });

  test("does not count as read by its user when a worker takes it up", async () => {
    const { room, replyId } = await openRoom();
    await queue(room);
    const { readSeq } = await stateOf(room);
    await end(replyId);
    await takeUp(room);
    expect(await stateOf(room)).toMatchObject({ readSeq });
  });

  test("that comes just as the reply ends is sent at once; one that is cancelled as it is taken up stays cancelled", async () => {
    const { room, replyId } = await openRoom();
    const sent = await during(
      room,
      () => send(room, { whileReplying: "QUEUE" }),
      async (tx) => {
        await tx.message.update({ where: { id: replyId }, data: { status: "COMPLETE", seq: 3 } });
        await tx.chatroom.update({ where: { id: room }, data: { seq: 3 } });
      },
    );
    const { message, reply } = await sent.done;
    expect([message.status, message.parentId, reply?.status]).toEqual(["COMPLETE", replyId, "PENDING"]);

    const queued = await queue(room);
    await end(reply!.id);
    const taken = await during(
      room,
      () => takeUp(room),
      async (tx) => {
        await tx.queuedMessage.delete({ where: { id: queued.id } });
        await tx.chatroom.update({ where: { id: room }, data: { queued: 0 } });
      },
    );
    expect(await taken.done).toBeNull();
    expect(await colloquy.db.message.count({ where: { chatroomId: room } })).toBe(4);
  });

  test("that is changed as it is taken up has its last words and model", async () => {
    const { room, replyId } = await openRoom();
    const queued = await queue(room);
    await end(replyId);
    const data = { content: "other words", model: "dear" };
    const taken = await during(
      room,
      () => takeUp(room),
      (tx) => tx.queuedMessage.update({ where: { id: queued.id }, data }),
    );
    expect(await taken.done).toMatchObject({ message: { content: "other words" }, reply: { model: "dear" } });
  });

  test("gives its clientId up if a process that knows no queues has stored it again", async () => {
    const { room, replyId } = await openRoom();
    await queue(room, { clientId: "twice" });
    await colloquy.db.message.update({ where: { id: replyId }, data: { clientId: "twice" } });
    await end(replyId);
    expect((await takeUp(room))?.message.clientId).toBeNull();
  });
});

describe("a queue", () => {
  test.each([
    ["FAILED", "FAILED", { error: { code: "MODEL_EMPTY", message: "Nothing came." } }],
    ["FAILED", "QUOTA", { error: { code: "COST_EXCEEDED", message: "Too much." } }],
    ["BLOCKED", "BLOCKED", {}],
    ["STOPPED", "STOPPED", {}],
  ] as const)("is paused by a reply that is %s, because of %s", async (status, because, more) => {
    const { room, replyId } = await openRoom();
    await queue(room);
    await end(replyId, { status, content: "", ...more });
    expect(await stateOf(room)).toMatchObject({ queued: 1, queuePausedBecause: because });
    await sweep();
    expect(await takeUp(room)).toBeNull();
    expect(await stateOf(room)).toMatchObject({ queued: 1, queuePausedBecause: because });
  });

  test("goes on by the sweep after a lost job, but not after a reply that a process without queues has stopped", async () => {
    const [one, other] = [await openRoom(), await openRoom()];
    for (const { room } of [one, other]) await queue(room);
    await end(one.replyId);
    await colloquy.db.message.update({ where: { id: other.replyId }, data: { status: "STOPPED", seq: 3 } });
    await sweep();
    expect(await stateOf(one.room)).toMatchObject({ queued: 0 });
    expect(await stateOf(other.room)).toMatchObject({ queued: 1, queuePausedBecause: "STOPPED" });
  });

  test("of a deleted room is given back and kept; restored, it waits for its user, and is charged again", async () => {
    const { room, replyId } = await openRoom();
    for (const content of ["one", "two", "three"]) await queue(room, { content });
    expect(await usage()).toEqual({ messages: 4, reserved: 4 * CHEAP });
    await deleteChatroom(app.ctx, userId, room);
    await deleteChatroom(app.ctx, userId, room);
    // The reply that was stopped before its first text is given back as well.
    expect(await usage()).toEqual({ messages: 0, reserved: 0 });
    await sweep();
    await restoreChatroom(app.ctx, userId, room);
    await sweep();
    expect(await stateOf(room)).toMatchObject({ queued: 3, queuePausedBecause: "STOPPED", activeLeafId: replyId });

    const { message, reply } = await resumeQueue(app.ctx, userId, room);
    expect([message?.content, reply?.status]).toEqual(["one", "PENDING"]);
    expect(await usage()).toEqual({ messages: 1, reserved: CHEAP });
    await colloquy.db.usage.updateMany({ where: { userId }, data: { messages: MESSAGES } });
    await end(reply!.id);
    expect(await takeUp(room)).toBeNull();
    expect(await stateOf(room)).toMatchObject({ queued: 2, queuePausedBecause: "QUOTA" });
    await expect(resumeQueue(app.ctx, userId, room)).rejects.toMatchObject({ code: "QUOTA_EXCEEDED" });
    expect(await stateOf(room)).toMatchObject({ queued: 2, queuePausedBecause: "QUOTA" });
    // What was never charged again has nothing to give back.
    const { queue: left } = await stateOf(room);
    for (const { id } of left) await cancelQueued(app.ctx, userId, id);
    expect(await usage()).toMatchObject({ messages: MESSAGES });
  });

  test("waits for its user when the plan no longer covers the model", async () => {
    const { room, replyId } = await openRoom();
    await colloquy.db.user.update({ where: { id: userId }, data: { plan: "PRO" } });
    const queued = await queue(room, { modelId: "pro" });
    await colloquy.db.user.update({ where: { id: userId }, data: { plan: "BASIC" } });
    await end(replyId);
    expect(await takeUp(room)).toBeNull();
    expect(await stateOf(room)).toMatchObject({ queued: 1, queuePausedBecause: "MODEL" });
    await expect(resumeQueue(app.ctx, userId, room)).rejects.toMatchObject({ code: "MODEL_NOT_ALLOWED" });
    await updateQueued(app.ctx, userId, { id: queued.id, modelId: null });
    expect(await resumeQueue(app.ctx, userId, room)).toMatchObject({ reply: { model: "cheap" } });
  });

  test("waits for its user when the branch has become too long for it", async () => {
    const { room, replyId } = await openRoom();
    await queue(room);
    await colloquy.db.message.update({ where: { id: replyId }, data: { depth: MAX_DEPTH - 2 } });
    await end(replyId);
    expect(await takeUp(room)).toBeNull();
    expect(await stateOf(room)).toMatchObject({ queued: 1, queuePausedBecause: "LIMIT" });
    await expect(resumeQueue(app.ctx, userId, room)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
  });

  test("that is resumed while a reply is running goes on after it", async () => {
    const { room, replyId } = await openRoom();
    await queue(room);
    await stopReply(app.ctx, userId, replyId);
    const { reply } = await send(room, { content: "first this" });
    expect(await resumeQueue(app.ctx, userId, room)).toMatchObject({ message: null, reply: null });
    expect(await stateOf(room)).toMatchObject({ queued: 1, queuePausedBecause: null });
    await end(reply!.id);
    expect(await takeUp(room)).toMatchObject({ message: { parentId: reply!.id } });
  });

  test("is looked for by an index of the few rooms that have one", async () => {
    const ids = Array.from({ length: 3_000 }, () => ({ id: uuidv7(), userId, title: "empty" }));
    await colloquy.db.chatroom.createMany({ data: ids });
    await colloquy.db.$executeRaw`ANALYZE "Chatroom"`;
    const { text, rowsRead } = await explain(colloquy.db, waitingRoomsSql(uuidv7({ msecs: 0 })));
    expect(text).toContain("Chatroom_queue_idx");
    expect(rowsRead).toBeLessThan(100);
  });
});

test("a queue follows the branch that is selected by the time it is taken up", async () => {
  const { room, replyId } = await openRoom();
  const first = await end(replyId);
  const edited = await editMessage(app.ctx, userId, { messageId: first!.parentId!, content: "hello again" });
  const queued = await queue(room);
  await selectBranch(app.ctx, userId, { messageId: replyId });
  await end(edited.reply!.id);
  expect(await takeUp(room)).toMatchObject({ message: { id: queued.id, parentId: replyId, depth: 2 } });
});

describe("the quota", () => {
  test("is charged and reserved with the send, and refuses what is beyond it", async () => {
    const { room } = await openRoom();
    const dear = await queue(room, { modelId: "dear" });
    expect(await usage()).toEqual({ messages: 2, reserved: CHEAP + DEAR });
    const cheap = await queue(room);
    // Another model reserves what it costs, if there is as much.
    await expect(updateQueued(app.ctx, userId, { id: cheap.id, modelId: "dear" })).resolves.toMatchObject({
      model: "dear",
    });
    expect(await usage()).toEqual({ messages: 3, reserved: CHEAP + 2 * DEAR });
    await expect(queue(room)).rejects.toMatchObject({ code: "QUOTA_EXCEEDED", details: { quota: "COST" } });
    await updateQueued(app.ctx, userId, { id: dear.id, modelId: "cheap" });
    const third = await queue(room);
    await expect(updateQueued(app.ctx, userId, { id: third.id, modelId: "dear" })).rejects.toMatchObject({
      code: "QUOTA_EXCEEDED",
    });
    expect(await usage()).toEqual({ messages: 4, reserved: 3 * CHEAP + DEAR });
    await cancelQueued(app.ctx, userId, cheap.id);
    expect(await usage()).toEqual({ messages: 3, reserved: 3 * CHEAP });
    await colloquy.db.usage.updateMany({ where: { userId }, data: { messages: MESSAGES } });
    await expect(queue(room)).rejects.toMatchObject({ code: "QUOTA_EXCEEDED", details: { quota: "MESSAGES" } });
    expect(await stateOf(room)).toMatchObject({ queued: 2 });
  });

  test.each([
    ["messages", { messages: MESSAGES }],
    ["cost", { cost: LIMIT }],
  ])("of %s that is used up lets no message interrupt a reply", async (_what, data) => {
    const { room, replyId } = await openRoom();
    await colloquy.db.usage.updateMany({ where: { userId }, data });
    await expect(send(room, { whileReplying: "INTERRUPT" })).rejects.toMatchObject({ code: "QUOTA_EXCEEDED" });
    expect(await colloquy.db.message.findUnique({ where: { id: replyId } })).toMatchObject({ status: "PENDING" });
  });
});

test("a message that interrupts leaves a queue paused that was paused before, and one that failed", async () => {
  const { room, replyId } = await openRoom();
  await queue(room);
  await end(replyId, { status: "BLOCKED", content: "" });
  const { reply } = await send(room);
  const { message } = await send(room, { whileReplying: "INTERRUPT" });
  expect(message).toMatchObject({ parentId: reply!.id, status: "COMPLETE" });
  expect(await stateOf(room)).toMatchObject({ queued: 1, queuePausedBecause: "BLOCKED" });
});

test("what goes with its user or room leaves no queue", async () => {
  const { room } = await openRoom();
  await queue(room);
  await colloquy.db.user.delete({ where: { id: userId } });
  expect(await colloquy.db.queuedMessage.count({ where: { chatroomId: room } })).toBe(0);
});
