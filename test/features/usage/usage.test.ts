import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import { updateProfile } from "../../../src/features/account/update-profile.ts";
import { createAppContext, type AppContext } from "../../../src/app-context.ts";
import { sendMessage } from "../../../src/features/turns/send-message.ts";
import { readConfig } from "../../../src/config.ts";
import { DomainError } from "../../../src/errors.ts";
import { createDatabase } from "../../../src/platform/postgres/prisma.ts";
import type { CallReport } from "../../../src/platform/gemini/model.ts";
import { finishReply } from "../../../src/features/replies/finish-reply.ts";
import { toProviderCall } from "../../../src/features/usage/provider-call.ts";
import { readUsage, readUsageByDay } from "../../../src/features/usage/read-usage.ts";
import { GetUsageByDay, UpdateProfile } from "../../_support/account-documents.ts";
import type { TestClient } from "../../_support/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { createTestDatabase, type TestDatabase } from "../../_support/databases.ts";
import { RetryReply, SendMessage, StopReply } from "../../_support/documents.ts";
import { newPhone } from "../../_support/phones.ts";
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

/** Days are the users', wherever PostgreSQL thinks that it is. */
async function moveServer(url: string, timeZone: string): Promise<void> {
  const db = createDatabase({ url, poolSize: 1 });
  await db.$executeRawUnsafe(`ALTER DATABASE "${new URL(url).pathname.slice(1)}" SET timezone TO '${timeZone}'`);
  await db.$disconnect();
}

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

describe("as time goes by", () => {
  /** A database whose replies nobody writes. */
  let silent: TestDatabase;

  beforeAll(async () => {
    silent = await createTestDatabase(inject("postgresUrl"));
    await moveServer(silent.url, "Asia/Tokyo");
  });
  afterAll(() => silent.drop());

  /** A process with a clock of its own, and a new user. */
  async function startTime(now: string) {
    let time = new Date(now);
    const settings = {
      DATABASE_URL: silent.url,
      DATABASE_POOL: "5",
      REDIS_URL: colloquy.redis.url,
      BASIC_DAILY_MESSAGES: String(LIMIT),
      LOG_LEVEL: "silent",
    };
    const ctx: AppContext = createAppContext(readConfig(settings), "test", { clock: { now: () => time } });
    onTestFinished(() => ctx.close());
    const userId = uuidv7();
    await ctx.db.user.create({ data: { id: userId, phone: newPhone() } });

    /** Sends into a new room. */
    async function sendOne() {
      const chatroomId = uuidv7();
      await ctx.db.chatroom.create({ data: { id: chatroomId, userId, title: "A room", model: MODEL } });
      const { reply } = await sendMessage(ctx, userId, { chatroomId, content: "hello" });
      if (!reply) throw new Error("the message was queued");
      return reply;
    }
    return {
      ctx,
      userId,
      sendOne,
      moveTo: (later: string) => void (time = new Date(later)),
      hopTo: (timeZone: string) => updateProfile(ctx, userId, { timeZone }),
      usage: () => readUsage(ctx, userId),
      /** Sends until nothing is left. @returns how many passed, and when there is more */
      async sendAll() {
        for (let sent = 0; ; sent += 1) {
          try {
            await sendOne();
          } catch (error) {
            if (!(error instanceof DomainError)) throw error;
            expect(error.code).toBe("QUOTA_EXCEEDED");
            return [sent, error.details.resetAt];
          }
        }
      },
    };
  }

  test("a day has its quota, to the millisecond, also where it is longer or shorter", async () => {
    const { moveTo, hopTo, sendAll } = await startTime("2026-10-24T12:00:00Z");
    await hopTo("Europe/Berlin");
    // The user is new, and the day began in UTC.
    expect(await sendAll()).toEqual([5, "2026-10-25T00:00:00.000Z"]);
    moveTo("2026-10-25T00:00:00Z");
    expect(await sendAll()).toEqual([5, "2026-10-25T23:00:00.000Z"]);
    moveTo("2026-10-25T22:59:59.999Z");
    expect(await sendAll()).toEqual([0, "2026-10-25T23:00:00.000Z"]);
    moveTo("2026-10-25T23:00:00Z");
    expect(await sendAll()).toEqual([5, "2026-10-26T23:00:00.000Z"]);
  });

  test("who hops through the time zones has no second quota at the same time, and loses no charge", async () => {
    const { moveTo, hopTo, sendAll, usage } = await startTime("2026-11-21T12:00:00Z");
    expect(await sendAll()).toEqual([5, "2026-11-22T00:00:00.000Z"]);
    for (const timeZone of ["Pacific/Kiritimati", "Europe/Berlin", "UTC", "Asia/Tokyo"]) {
      await hopTo(timeZone);
      expect(await sendAll()).toEqual([0, "2026-11-22T00:00:00.000Z"]);
    }
    // It is the same date for longer in the west.
    await hopTo("America/New_York");
    moveTo("2026-11-22T02:00:00Z");
    expect(await sendAll()).toEqual([0, "2026-11-22T05:00:00.000Z"]);
    // And going back does not end a day that has outlived the zone in which it began.
    await hopTo("UTC");
    expect(await sendAll()).toEqual([0, "2026-11-22T05:00:00.000Z"]);
    moveTo("2026-11-22T05:00:00Z");
    expect(await sendAll()).toEqual([5, "2026-11-23T00:00:00.000Z"]);
    // The next date was used up in the far east: it is the same one in the far west.
    await hopTo("Pacific/Kiritimati");
    moveTo("2026-11-23T00:00:00Z");
    expect(await sendAll()).toEqual([5, "2026-11-23T10:00:00.000Z"]);
    await hopTo("Pacific/Midway");
    moveTo("2026-11-23T10:00:00Z");
    expect(await sendAll()).toEqual([0, "2026-11-24T11:00:00.000Z"]);
    expect(await usage()).toMatchObject({ used: 5, remaining: 0 });
  });

  test("a day without a charge is held as well, when the zone changes", async () => {
    const { hopTo, sendAll } = await startTime("2026-11-21T12:00:00Z");
    await hopTo("Pacific/Kiritimati");
    expect(await sendAll()).toEqual([5, "2026-11-22T00:00:00.000Z"]);
    await hopTo("UTC");
    expect(await sendAll()).toEqual([0, "2026-11-22T00:00:00.000Z"]);
  });

  test("a send and a change of zone at once leave one day", async () => {
    for (let times = 0; times < 10; times += 1) {
      const { ctx, userId, hopTo, sendOne } = await startTime("2026-11-21T12:00:00Z");
      await Promise.all([hopTo("Pacific/Kiritimati"), sendOne()]);
      const rows = await ctx.db.usage.findMany({ where: { userId } });
      expect(rows).toMatchObject([{ day: new Date("2026-11-21"), messages: 1 }]);
    }
  });

  test("what was charged before midnight and fails after it is given back to the day before", async () => {
    const { ctx, userId, moveTo, sendOne, usage } = await startTime("2026-11-21T23:59:59Z");
    const reply = await sendOne();
    moveTo("2026-11-22T00:00:01Z");
    const report: CallReport = {
      model: MODEL,
      startedAt: new Date(),
      outcome: "FAILED",
      errorCode: "MODEL_EMPTY",
      counts: { promptTokens: 7, replyTokens: 2 },
      received: { text: "", thought: "" },
    };
    const subject = { purpose: "REPLY" as const, messageId: reply.id, attempt: 1, prompt: [], estimate: () => 0 };
    const call = toProviderCall(ctx, report, subject);
    await finishReply(ctx, { ...reply, userId }, { status: "FAILED", content: "", calls: [call] });
    expect(await usage()).toMatchObject({ used: 0, resetsAt: new Date("2026-11-23T00:00:00Z") });
    const [now, before] = await readUsageByDay(ctx, userId, (await usage()).day);
    expect(now).toMatchObject({ messages: 0, promptTokens: 0, replyTokens: 0 });
    expect(before).toMatchObject({ messages: 0, promptTokens: 7, replyTokens: 2 });
  });
});
