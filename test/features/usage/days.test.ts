import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { updateProfile } from "../../../src/features/account/update-profile.ts";
import { createAppContext, type AppContext } from "../../../src/app-context.ts";
import { sendMessage } from "../../../src/features/turns/send-message.ts";
import { readConfig } from "../../../src/config.ts";
import { Prisma } from "../../../src/generated/prisma/client.ts";
import { DomainError } from "../../../src/errors.ts";
import type { CallReport } from "../../../src/platform/gemini/model.ts";
import { finishReply } from "../../../src/features/replies/finish-reply.ts";
import { toProviderCall } from "../../../src/features/usage/provider-call.ts";
import { readUsage, readUsageByDay } from "../../../src/features/usage/read-usage.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { createTestDatabase, moveServer, type TestDatabase } from "../../_support/databases.ts";
import { newPhone } from "../../_support/phones.ts";

const LIMIT = 5;
const MODEL = "gemini-3.5-flash-lite";

/** A database whose replies nobody writes. */
let silent: TestDatabase;
let colloquy: Colloquy;

beforeAll(async () => {
  silent = await createTestDatabase(inject("postgresUrl"));
  await moveServer(silent.url, "Asia/Tokyo");
  colloquy = await startColloquy({ apis: 0, workers: 0, databaseUrl: silent.url });
});
afterAll(async () => {
  await colloquy.close();
  await silent.drop();
});

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

test("times are read as they are, wherever the server thinks that it is", async () => {
  const { ctx } = await startTime("2026-10-24T12:00:00Z");
  const before = Date.now();
  const [byPrisma] = await ctx.db.$queryRaw<{ now: Date }[]>`SELECT now()`;
  const [past] = await ctx.db.query<{ now: Date }>(Prisma.sql`SELECT now()`);
  for (const row of [byPrisma, past]) {
    expect(row!.now.getTime()).toBeGreaterThanOrEqual(before);
    expect(row!.now.getTime()).toBeLessThanOrEqual(Date.now());
  }
});

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
