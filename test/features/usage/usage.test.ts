import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import { GetUsageByDay, UpdateProfile } from "../../_support/account-documents.ts";
import type { TestClient } from "../../_support/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { createTestDatabase, moveServer, type TestDatabase } from "../../_support/databases.ts";
import { RetryReply, SendMessage, StopReply } from "../../_support/documents.ts";
import { watchAccount, type AccountNews } from "../../_support/watch-account.ts";

const HOUR_MS = 3_600_000;
const LIMIT = 5;
const MODEL = "gemini-3.5-flash-lite";

let database: TestDatabase;
let colloquy: Colloquy;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  await moveServer(database.url, "America/New_York");
  const env = { BASIC_DAILY_MESSAGES: String(LIMIT), MODEL_RETRY_BASE: "1ms" };
  colloquy = await startColloquy({ apis: 2, env, databaseUrl: database.url });
});
afterAll(async () => {
  await colloquy.close();
  await database.drop();
});

const today = () => new Date(new Date().toISOString().slice(0, 10));

/** Somebody whose day does not end while the test runs, with what they have sent today. */
async function signIn(messages = 0): Promise<TestClient> {
  const client = await colloquy.signIn();
  const lastsUntil = new Date(Date.now() + HOUR_MS);
  await colloquy.db.usage.create({ data: { userId: client.userId(), day: today(), messages, lastsUntil } });
  return client;
}

async function usageOf(client: TestClient) {
  const { me } = await client.request(GetUsageByDay);
  if (!me) throw new Error("nobody is signed in");
  return me.usage;
}

/** Sends into a room of its own. @returns the reply's id, or the error */
async function send(client: TestClient, content = "hello") {
  const chatroomId = await client.createRoom();
  const { data, errors } = await client.ask(SendMessage, { input: { chatroomId, content } });
  return { replyId: data?.sendMessage.reply?.id ?? "", extensions: errors[0]?.extensions };
}

describe("the quota", () => {
  test("lets exactly as many of many sends at once pass as are left, over all processes", async () => {
    const client = await signIn();
    const other = colloquy.elsewhere(client);
    // What fails would be given back, and let another one pass.
    const gate = createGate();
    colloquy.gemini.onPrompt("me first", [{ waitFor: gate }]);
    const rooms = Array.from({ length: 50 }, () => uuidv7());
    const userId = client.userId();
    await colloquy.db.chatroom.createMany({
      data: rooms.map((id) => ({ id, userId, title: "One of fifty", model: MODEL })),
    });
    const answers = await Promise.all(
      rooms.map((chatroomId, index) =>
        (index % 2 === 0 ? client : other).ask(SendMessage, { input: { chatroomId, content: "me first" } }),
      ),
    );
    const refused = answers.flatMap(({ errors }) => errors);
    expect(refused.map(({ extensions }) => extensions["code"])).toEqual(
      Array.from({ length: 45 }, () => "QUOTA_EXCEEDED"),
    );
    expect(await colloquy.db.message.count({ where: { chatroom: { userId }, role: "USER" } })).toBe(LIMIT);
    expect(await usageOf(client)).toMatchObject({ used: LIMIT, limit: LIMIT, remaining: 0 });
    gate.open();
  });

  test("says what was used, when there is more, and what Pro would give", async () => {
    const client = await signIn(LIMIT);
    const { resetsAt } = await usageOf(client);
    const { extensions } = await send(client);
    expect(extensions).toMatchObject({ code: "QUOTA_EXCEEDED", limit: 5, used: 5, resetAt: resetsAt, proLimit: null });

    const limited = colloquy.elsewhere(client, await colloquy.startApi({ PRO_DAILY_MESSAGES: "200" }));
    expect((await send(limited)).extensions).toMatchObject({ code: "QUOTA_EXCEEDED", proLimit: 200 });
  });

  test("is that of the plan as it is now, not as it was when the token was made", async () => {
    const client = await signIn(LIMIT);
    const plan = (name: "BASIC" | "PRO") =>
      colloquy.db.user.update({ where: { id: client.userId() }, data: { plan: name } });
    await plan("PRO");
    expect((await send(client)).extensions).toBeUndefined();
    expect(await usageOf(client)).toMatchObject({ used: 6, limit: null, remaining: null });
    await plan("BASIC");
    expect((await send(client)).extensions).toMatchObject({ code: "QUOTA_EXCEEDED", limit: 5, used: 6 });
    expect(await usageOf(client)).toMatchObject({ used: 6, limit: 5, remaining: 0 });
  });

  test("is settled when the reply ends: its tokens are the day's, and stopping gives nothing back", async () => {
    const client = await signIn();
    const { replyId } = await send(client);
    const { message } = await client.watchReply(replyId).until((chunk) => chunk.message !== null);
    expect(message?.promptTokens).toBeGreaterThan(0);
    expect((await usageOf(client)).days[0]).toMatchObject({
      messages: 1,
      promptTokens: message?.promptTokens,
      replyTokens: message?.replyTokens,
    });

    colloquy.gemini.onPrompt("too long", [{ text: "Once" }, { stall: true }]);
    const stopped = await send(client, "too long");
    await client.watchReply(stopped.replyId).until(({ text }) => text !== "");
    await client.request(StopReply, { messageId: stopped.replyId });
    expect((await usageOf(client)).used).toBe(2);
  });

  test.each<[string, Parameters<Colloquy["gemini"]["onPrompt"]>[1]]>([
    ["fails", [{ status: 400 }]],
    ["is blocked", [{ finish: "SAFETY" }]],
  ])("is given back when the reply %s, to the day that was charged", async (ending, answer) => {
    const client = await signIn();
    const userId = client.userId();
    const gate = createGate();
    const prompt = `it ${ending}`;
    colloquy.gemini.onPrompt(prompt, [{ waitFor: gate }, ...answer]);
    const { replyId } = await send(client, prompt);
    await colloquy.gemini.nextRequest(prompt);
    expect((await usageOf(client)).used).toBe(1);

    // As if it had been sent yesterday.
    const yesterday = new Date(today().getTime() - 24 * HOUR_MS);
    await colloquy.db.usage.create({ data: { userId, day: yesterday, messages: 3 } });
    await colloquy.db.message.update({ where: { id: replyId }, data: { chargedOn: yesterday } });
    gate.open();
    await client.watchReply(replyId).completed;
    const { days } = await usageOf(client);
    expect(days.slice(0, 2).map(({ messages }) => messages)).toEqual([1, 2]);
    expect(await colloquy.db.message.findUniqueOrThrow({ where: { id: replyId } })).toMatchObject({ chargedOn: null });
  });

  test("counts a message once, however often its failure is retried", async () => {
    const client = await signIn(LIMIT - 1);
    const gate = createGate();
    colloquy.gemini.onPrompt("once more", [{ status: 400 }], { times: 1 });
    colloquy.gemini.onPrompt("once more", [{ waitFor: gate }, { status: 400 }], { times: 1 });
    colloquy.gemini.onPrompt("once more", [{ text: "At last" }, { finish: "STOP" }]);
    const { replyId } = await send(client, "once more");
    await client.watchReply(replyId).completed;
    for (const status of ["FAILED", "COMPLETE"]) {
      expect((await usageOf(client)).used).toBe(LIMIT - 1);
      await client.request(RetryReply, { messageId: replyId });
      expect((await usageOf(client)).used).toBe(LIMIT);
      gate.open();
      const { message } = await client.watchReply(replyId).until((chunk) => chunk.message !== null);
      expect(message?.status).toBe(status);
    }
    expect((await usageOf(client)).used).toBe(LIMIT);
  });
});

describe("the account's feed", () => {
  test("tells of each charge, of what it came to, and of what is given back, on every process", async () => {
    const client = await signIn();
    const elsewhere = colloquy.elsewhere(client);
    const watch = watchAccount(elsewhere);
    await watch.until(() => true);
    const [good, bad] = [createGate(), createGate()];
    colloquy.gemini.onPrompt("a good one", [{ waitFor: good }, { text: "Fine." }, { finish: "STOP" }]);
    colloquy.gemini.onPrompt("a bad one", [{ waitFor: bad }, { status: 400 }]);
    const usageAt = async (used: number, replyTokens: "none" | "some") => {
      await watch.until(({ event }) => {
        if (event.__typename !== "UsageChanged") return false;
        const [day] = event.user.usage.days;
        return event.user.usage.used === used && (day?.replyTokens === 0) === (replyTokens === "none");
      });
    };

    const first = await send(client, "a good one");
    await usageAt(1, "none");
    good.open();
    await client.watchReply(first.replyId).completed;
    await usageAt(1, "some");
    const second = await send(client, "a bad one");
    await usageAt(2, "some");
    const before = watch.events.length;
    bad.open();
    await client.watchReply(second.replyId).completed;
    const isUsage = ({ event }: AccountNews) => event.__typename === "UsageChanged";
    const news = await watch.until((each) => isUsage(each) && watch.events.indexOf(each) >= before);
    expect(news.event).toMatchObject({ user: { usage: { used: 1, limit: 5, remaining: 4 } } });
  });
});

describe("the days", () => {
  test("are thirty, the newest first, also those without use", async () => {
    const client = await colloquy.signIn();
    const userId = client.userId();
    const ago = (days: number) => new Date(today().getTime() - days * 24 * HOUR_MS);
    const lastsUntil = new Date(Date.now() + HOUR_MS);
    await colloquy.db.usage.createMany({
      data: [
        { userId, day: ago(0), messages: 1, promptTokens: 2, replyTokens: 3, lastsUntil },
        { userId, day: ago(2), messages: 4, promptTokens: 5, replyTokens: 6 },
        { userId, day: ago(29), messages: 7, promptTokens: 8, replyTokens: 9 },
        { userId, day: ago(30), messages: 10, promptTokens: 11, replyTokens: 12 },
      ],
    });
    const { days } = await usageOf(client);
    expect(days.map(({ date }) => date)).toEqual(
      Array.from({ length: 30 }, (_, index) => ago(index).toISOString().slice(0, 10)),
    );
    expect(days.map(({ messages }) => messages)).toEqual([1, 0, 4, ...Array.from({ length: 26 }, () => 0), 7]);
    expect(days[2]).toMatchObject({ messages: 4, promptTokens: 5, replyTokens: 6 });
    expect(days[1]).toMatchObject({ messages: 0, promptTokens: 0, replyTokens: 0 });
  });

  test("end at midnight in the time zone of the profile", async () => {
    const client = await colloquy.signIn();
    expect((await client.request(GetUsageByDay)).me).toMatchObject({ timeZone: "UTC" });
    expect(new Date((await usageOf(client)).resetsAt).toISOString()).toMatch(/T00:00:00\.000Z$/);
    const { updateProfile: moved } = await client.request(UpdateProfile, { input: { timeZone: "Asia/Kathmandu" } });
    expect(moved).toMatchObject({ timeZone: "Asia/Kathmandu", name: null });
    const { updateProfile: named } = await client.request(UpdateProfile, { input: { name: "Ada" } });
    expect(named).toMatchObject({ timeZone: "Asia/Kathmandu", name: "Ada" });
    const { updateProfile: back } = await client.request(UpdateProfile, { input: { timeZone: null } });
    expect(back).toMatchObject({ timeZone: "UTC", name: "Ada" });
  });

  test.each(["", "Europe/Atlantis", "+02:00", "UTC\0", "x".repeat(100)])("know no time zone %j", async (timeZone) => {
    const { errors } = await (await colloquy.signIn()).ask(UpdateProfile, { input: { timeZone } });
    expect(errors[0]?.extensions).toMatchObject({ code: "BAD_USER_INPUT", field: "timeZone" });
  });
});
