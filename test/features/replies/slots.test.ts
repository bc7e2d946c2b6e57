import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { startRedis } from "../../../tools/local-stack/redis.ts";
import { createGate, type Gate } from "../../../tools/fakes/gemini/script.ts";
import { createAppContext, type AppContext } from "../../../src/app-context.ts";
import { readConfig } from "../../../src/config.ts";
import { claimReply } from "../../../src/features/replies/claim-reply.ts";
import { finishReply } from "../../../src/features/replies/finish-reply.ts";
import { sweepReplies } from "../../../src/features/replies/sweep-replies.ts";
import type { TestClient } from "../../_support/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { createReply, createUser } from "../../_support/create-reply.ts";
import { createTestDatabase } from "../../_support/databases.ts";
import { GetMessage, GetUsage, RetryReply, StopReply } from "../../_support/documents.ts";
import { expectWholeReply } from "../../_support/expect-reply.ts";
import { SendQueued } from "../../_support/queue-documents.ts";

const PLACES = 2;
/** What one user sends at once. */
const FLOOD = 60;

let colloquy: Colloquy;

beforeAll(async () => {
  colloquy = await startColloquy({ workers: 2, env: { USER_CONCURRENT_REPLIES: String(PLACES) } });
});
afterAll(() => colloquy.close());

/** Replies to this prompt are held until the gate is opened. */
function hold(prompt: string, times = 1_000): Gate {
  const gate = createGate();
  const script = [{ text: "so far" }, { waitFor: gate }, { text: ", so good" }];
  colloquy.gemini.onPrompt((asked) => asked === prompt, script, { times });
  onTestFinished(gate.open);
  return gate;
}

/** Sends to as many rooms, one after the other. @returns the replies */
async function sendMany(client: TestClient, content: string, count: number): Promise<string[]> {
  const replyIds: string[] = [];
  for (let sent = 0; sent < count; sent += 1) {
    const { replyId } = await client.send(await client.createRoom(), content);
    replyIds.push(replyId);
  }
  return replyIds;
}

/** Sends until all slots are taken, and waits until they are. @returns the replies */
async function takePlaces(client: TestClient, content: string): Promise<string[]> {
  const replyIds = await sendMany(client, content, PLACES);
  await Promise.all(replyIds.map((id) => client.watchReply(id).until(({ text }) => text === "so far")));
  return replyIds;
}

const asked = (prompt: string) => colloquy.gemini.requests.filter((request) => request.prompt === prompt).length;
const stored = async (client: TestClient, id: string) => (await client.request(GetMessage, { id })).message;

test("a waiting reply says why it waits, and is taken up when another ends", async () => {
  const alice = await colloquy.signIn();
  const gate = hold("held");
  const [first = ""] = await takePlaces(alice, "held");
  const { replyId } = await alice.send(await alice.createRoom(), "next, please");
  const watch = alice.watchReply(replyId);
  expect(await watch.until(() => true)).toMatchObject({ status: "PENDING", waitingFor: "OTHER_REPLIES", attempt: 0 });
  expect(await stored(alice, replyId)).toMatchObject({ status: "PENDING", waitingFor: "OTHER_REPLIES" });
  expect(await stored(alice, first)).toMatchObject({ status: "STREAMING", waitingFor: null });

  await alice.request(StopReply, { messageId: first });
  expect(await expectWholeReply(alice, watch)).toMatchObject({ status: "COMPLETE", attempt: 1, waitingFor: null });
  expect(watch.events.at(-1)).toMatchObject({ waitingFor: null });
  gate.open();
});

test("without a worker, those whose turn it is wait for one, and the others for these; a watcher hears of the change", async () => {
  const alone = await startColloquy({ workers: 0, env: { USER_CONCURRENT_REPLIES: "1" } });
  onTestFinished(() => alone.close());
  const alice = await alone.signIn();
  const [first = "", second = ""] = await sendMany(alice, "anybody there?", 2);
  expect(await stored(alice, first)).toMatchObject({ waitingFor: "WORKER" });
  const watch = alice.watchReply(second);
  expect(await watch.until(() => true)).toMatchObject({ waitingFor: "OTHER_REPLIES" });
  await alice.request(StopReply, { messageId: first });
  expect(await watch.until(({ waitingFor }) => waitingFor === "WORKER")).toMatchObject({ status: "PENDING", text: "" });
});

test(
  "one user's flood over two workers takes its slots and no more, and another's reply comes meanwhile",
  { timeout: 90_000 },
  async () => {
    const [alice, bob] = await Promise.all([colloquy.signIn(), colloquy.signIn()]);
    const gate = hold("flood");
    const rooms = await Promise.all(Array.from({ length: FLOOD }, () => alice.createRoom()));
    const sent = await Promise.all(rooms.map((room) => alice.send(room, "flood")));
    await Promise.all(Array.from({ length: PLACES }, () => colloquy.gemini.nextRequest("flood")));

    const { replyId } = await bob.send(await bob.createRoom(), "am I next?");
    expect(await expectWholeReply(bob, bob.watchReply(replyId))).toMatchObject({ status: "COMPLETE" });
    expect(asked("flood")).toBe(PLACES);
    expect(await colloquy.db.message.count({ where: { userId: alice.userId(), status: "STREAMING" } })).toBe(PLACES);

    gate.open();
    for (const each of sent) await alice.watchReply(each.replyId).completed;
    const replies = await colloquy.db.message.findMany({ where: { userId: alice.userId() } });
    expect(new Set(replies.map(({ status, content }) => `${status} ${content}`))).toEqual(
      new Set(["COMPLETE so far, so good"]),
    );
    expect(asked("flood"), "each is asked for once").toBe(FLOOD);
    expect((await alice.request(GetUsage)).me?.usage.used).toBe(FLOOD);
  },
);

test("a waiting reply is stopped at once, the model never hears of it, and the next one gets its turn", async () => {
  const alice = await colloquy.signIn();
  const gate = hold("busy");
  await takePlaces(alice, "busy");
  const [stopped = "", next = ""] = await sendMany(alice, "waiting to be stopped", 2);
  const { stopReply } = await alice.request(StopReply, { messageId: stopped });
  expect(stopReply).toMatchObject({ status: "STOPPED", content: "", attempt: 0 });
  gate.open();
  expect(await expectWholeReply(alice, alice.watchReply(next))).toMatchObject({ status: "COMPLETE" });
  expect(asked("waiting to be stopped")).toBe(1);
});

test("a reply that waits for its next try leaves its slot to others, and a retried one waits its turn", async () => {
  const alice = await colloquy.signIn();
  const gate = hold("taken");
  const [first = ""] = await takePlaces(alice, "taken");
  colloquy.gemini.onPrompt("runInBackground", [{ status: 503, retryAfter: 30 }]);
  colloquy.gemini.onPrompt("refused", [{ blockPrompt: "SAFETY" }]);
  const { replyId: postponed } = await alice.send(await alice.createRoom(), "runInBackground");
  const { replyId: blocked } = await alice.send(await alice.createRoom(), "refused");
  const watch = alice.watchReply(postponed);
  await watch.until(({ waitingFor }) => waitingFor === "OTHER_REPLIES");

  await alice.request(StopReply, { messageId: first });
  await watch.until(({ waitingFor }) => waitingFor === "NEXT_TRY");
  await expect(alice.watchReply(blocked).completed).resolves.toBeGreaterThan(0);
  expect(await stored(alice, blocked)).toMatchObject({ status: "BLOCKED" });

  // Now one slot is free: it is taken again, and the retry finds none.
  const { replyId: last } = await alice.send(await alice.createRoom(), "taken");
  await alice.watchReply(last).until(({ text }) => text === "so far");
  await alice.request(RetryReply, { messageId: blocked });
  const retried = alice.watchReply(blocked);
  await retried.until(({ waitingFor }) => waitingFor === "OTHER_REPLIES");
  gate.open();
  expect(await expectWholeReply(alice, retried)).toMatchObject({ status: "COMPLETE", attempt: 2 });
  await alice.request(StopReply, { messageId: postponed });
});

test("the workers killed while all slots are taken: its replies keep them, and those that wait come after", async () => {
  const alice = await colloquy.signIn();
  colloquy.gemini.onPrompt("crash", [{ text: "never" }, { stall: true }], { times: PLACES });
  colloquy.gemini.onPrompt("crash", [{ text: "whole" }], { times: 1_000 });
  const held = await sendMany(alice, "crash", PLACES);
  const watches = held.map((id) => alice.watchReply(id));
  await Promise.all(watches.map((watch) => watch.until(({ text }) => text === "never")));
  const waiting = (await sendMany(alice, "patient", 3)).map((id) => alice.watchReply(id));

  await Promise.all(colloquy.workers.map((worker) => worker.kill()));
  await Promise.all([colloquy.startWorker(), colloquy.startWorker()]);
  for (const watch of watches)
    expect(await expectWholeReply(alice, watch)).toMatchObject({ content: "whole", attempt: 2 });
  for (const watch of waiting)
    expect(await expectWholeReply(alice, watch)).toMatchObject({ status: "COMPLETE", attempt: 1 });
  expect((await alice.request(GetUsage)).me?.usage.used).toBe(PLACES + 3);
});

test("Redis emptied while replies wait: their turns come all the same", async () => {
  const alice = await colloquy.signIn();
  const gate = hold("emptied");
  const held = await takePlaces(alice, "emptied");
  const waiting = await sendMany(alice, "after the loss", 4);
  const redis = new Redis(colloquy.redis.url);
  await redis.flushall();
  redis.disconnect();
  gate.open();
  // A sweep that comes before the live texts are back takes those that were being written up once more.
  for (const id of [...held, ...waiting])
    expect(await expectWholeReply(alice, alice.watchReply(id))).toMatchObject({ status: "COMPLETE" });
});

/** The use cases by themselves, on a database and a Redis of their own, without a worker. */
async function createContext(slots: number): Promise<AppContext> {
  const [database, redis] = await Promise.all([createTestDatabase(inject("postgresUrl")), startRedis()]);
  const settings = { DATABASE_URL: database.url, REDIS_URL: redis.url, LOG_LEVEL: "silent" };
  const ctx = createAppContext(readConfig({ ...settings, USER_CONCURRENT_REPLIES: String(slots) }), "test");
  onTestFinished(async () => {
    await ctx.close();
    await redis.stop();
    await database.drop();
  });
  return ctx;
}

test("of many claims at once exactly as many succeed as there are slots; a reply that is written needs no other", async () => {
  const ctx = await createContext(5);
  const userId = await createUser(ctx.db);
  const ids = await Promise.all(Array.from({ length: 40 }, () => createReply(ctx.db, { status: "PENDING", userId })));
  const claims = await Promise.all(ids.map((id) => claimReply(ctx, id)));
  const claimed = claims.flatMap((claim) => (claim.kind === "claimed" ? [claim.reply] : []));
  expect(claimed).toHaveLength(5);
  expect(claims.filter(({ kind }) => kind === "waiting")).toHaveLength(35);

  // Their worker is lost: others take them up, though all slots are taken.
  for (const { id } of claimed)
    expect(await claimReply(ctx, id)).toMatchObject({ kind: "claimed", reply: { attempt: 2 } });
  const [first] = claimed;
  await finishReply(ctx, { ...first!, attempt: 2 }, { status: "COMPLETE", content: "done" });
  const again = await Promise.all(ids.map((id) => claimReply(ctx, id)));
  const newlyClaimed = again.filter((claim) => claim.kind === "claimed" && claim.reply.attempt === 1);
  expect(newlyClaimed, "the slot that became free").toHaveLength(1);
});

test("a limit that is lowered, or is new, counts what is being written already; 0 is none", async () => {
  const unlimited = await createContext(0);
  const userId = await createUser(unlimited.db);
  const ids = await Promise.all(
    Array.from({ length: 8 }, () => createReply(unlimited.db, { status: "PENDING", userId })),
  );
  for (const id of ids.slice(0, 6)) expect(await claimReply(unlimited, id)).toMatchObject({ kind: "claimed" });
  const limits = { ...unlimited.config.limits, repliesPerUser: 6 };
  const limited = { ...unlimited, config: { ...unlimited.config, limits } };
  expect(await claimReply(limited, ids[6]!)).toMatchObject({ kind: "waiting", userId });
});

test("a reply whose slot is always taken gives up, stays as it was, and is brought back by the sweeper", async () => {
  const ctx = await createContext(5);
  const id = await createReply(ctx.db, { status: "PENDING" });
  // A sequence counts also what is rolled back.
  await ctx.db.$executeRaw`CREATE SEQUENCE "claims"`;
  await ctx.db.$executeRaw`
    CREATE FUNCTION "refuse"() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM nextval('claims'); RAISE unique_violation; END $$`;
  await ctx.db.$executeRaw`
    CREATE TRIGGER "refuse" BEFORE UPDATE ON "Message" FOR EACH ROW WHEN (NEW."status" = 'STREAMING')
    EXECUTE FUNCTION "refuse"()`;
  await expect(claimReply(ctx, id)).rejects.toThrow("found its slot taken 20 times");
  expect(await ctx.db.$queryRaw`SELECT "last_value"::int AS "claims" FROM "claims"`).toEqual([{ claims: 20 }]);
  expect(await ctx.db.message.findUnique({ where: { id } })).toMatchObject({ status: "PENDING", attempt: 0 });

  await ctx.db.$executeRaw`DROP TRIGGER "refuse" ON "Message"`;
  expect(await sweepReplies(ctx)).toBe(1);
  expect(await claimReply(ctx, id)).toMatchObject({ kind: "claimed", reply: { attempt: 1 } });
});

test("a lost wake-up is repaired by the sweeper, which offers as many of a user as there are slots", async () => {
  const ctx = await createContext(3);
  const [alice, bob] = await Promise.all([createUser(ctx.db), createUser(ctx.db)]);
  for (let count = 0; count < 50; count += 1) await createReply(ctx.db, { status: "PENDING", userId: alice });
  const his = await createReply(ctx.db, { status: "PENDING", userId: bob });
  const hers = await ctx.db.message.findMany({ where: { userId: alice }, orderBy: { id: "asc" } });
  const [oldest = his, ...others] = hers.map(({ id }) => id);
  const queued = (ids: string[]) => Promise.all(ids.map((id) => ctx.redis.exists(`bull:generate-reply:${id}`)));
  expect(await sweepReplies(ctx)).toBe(4);
  expect(await queued([oldest, ...others.slice(0, 3), his])).toEqual([1, 1, 1, 0, 1]);
  await claimReply(ctx, oldest);
  await ctx.redis.flushall();
  await sweepReplies(ctx);
  expect(await queued([...others.slice(0, 3), his]), "two of hers, and his").toEqual([1, 1, 0, 1]);
});

test("what is queued waits for a slot like any other message", async () => {
  const alice = await colloquy.signIn();
  const gate = hold("long enough to queue");
  const rooms = await Promise.all(Array.from({ length: PLACES * 2 }, () => alice.createRoom()));
  for (const room of rooms) await alice.send(room, "long enough to queue");
  const later = hold("queued behind");
  const input = { content: "queued behind", whileReplying: "QUEUE" } as const;
  const sent = await Promise.all(
    rooms.map((chatroomId) => alice.request(SendQueued, { input: { chatroomId, ...input } })),
  );
  expect(sent.map(({ sendMessage }) => sendMessage.reply)).toEqual(rooms.map(() => null));
  gate.open();
  const userId = alice.userId();
  const streaming = () => colloquy.db.message.count({ where: { userId, status: "STREAMING" } });
  await expect.poll(() => asked("queued behind"), { timeout: 30_000 }).toBe(PLACES);
  expect(await streaming()).toBe(PLACES);
  later.open();
  const complete = { userId, status: "COMPLETE" as const };
  await expect.poll(() => colloquy.db.message.count({ where: complete }), { timeout: 30_000 }).toBe(PLACES * 4);
});
