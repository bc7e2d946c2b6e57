import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createAppContext } from "../../../src/app-context.ts";
import { readConfig } from "../../../src/config.ts";
import { runAdmin } from "../../../src/features/admin/command/run-admin.ts";
import { purgeCalls } from "../../../src/features/usage/purge-calls.ts";
import { v7 as uuidv7 } from "uuid";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../../_support/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { StopReply } from "../../_support/documents.ts";
import { expectWholeReply } from "../../_support/expect-reply.ts";
import { builtIn, writeModelsFile } from "../../_support/models-file.ts";

const MODEL = "gemini-3.5-flash-lite";
const TODAY = new Date(new Date().toISOString().slice(0, 10));
const DAY_MS = 86_400_000;

let colloquy: Colloquy;

/** The default model has other prices from today on, and others again from next year on. */
function modelsWithPrices(): string {
  const models = builtIn().map((model) => {
    if (model.id !== MODEL) return model;
    const from = TODAY.toISOString().slice(0, 10);
    const prices = [
      { prompt: 9_000_000, cached: 9_000_000, reply: 9_000_000 },
      { from, prompt: 300_000, cached: 30_000, reply: 2_500_000 },
      { from: "2100-01-01", prompt: 9_000_000, cached: 9_000_000, reply: 9_000_000 },
    ];
    return Object.assign(model, { prices });
  });
  return writeModelsFile(models);
}

beforeAll(async () => {
  colloquy = await startColloquy({ env: { MODELS_FILE: modelsWithPrices() } });
});
afterAll(() => colloquy.close());
afterEach(() => colloquy.gemini.reset());

async function send(client: TestClient, prompt: string) {
  const { replyId } = await client.send(await client.createRoom(), prompt);
  return { replyId, message: await expectWholeReply(client, client.watchReply(replyId)) };
}

/** The calls that were made for a reply, once there are that many. */
async function callsFor(messageId: string, count: number) {
  const find = () => colloquy.db.providerCall.findMany({ where: { messageId }, orderBy: { id: "asc" } });
  await expect.poll(async () => (await find()).length, { timeout: 10_000 }).toBe(count);
  return find();
}

const costOf = async (client: TestClient) =>
  (await colloquy.db.usage.findMany({ where: { userId: client.userId() } })).reduce((sum, { cost }) => sum + cost, 0n);

describe("a call of the provider", () => {
  test("has a row with its tokens, the prices of the day, and what it was for", async () => {
    const client = await colloquy.signIn();
    const { replyId, message } = await send(client, "[[fake: usage cached=4 tools=65]] [[fake: think=3]] Hello");
    const [call] = await callsFor(replyId, 1);
    expect(call).toMatchObject({
      userId: client.userId(),
      attempt: 1,
      purpose: "REPLY",
      model: MODEL,
      outcome: "COMPLETE",
      errorCode: null,
      promptTokens: message.promptTokens,
      cachedTokens: 4,
      toolTokens: 65,
      replyTokens: message.replyTokens,
      estimated: false,
      promptPrice: 300_000n,
      cachedPrice: 30_000n,
      replyPrice: 2_500_000n,
    });
    const { promptTokens, thoughtTokens, replyTokens, cost } = call!;
    expect(thoughtTokens).toBeGreaterThan(0);
    const exact = (promptTokens - 4 + 65) * 300_000 + 4 * 30_000 + (replyTokens + thoughtTokens) * 2_500_000;
    expect(cost).toBe(BigInt(Math.ceil(exact / 1_000_000)));
    expect(await costOf(client)).toBe(cost);
  });

  test("has one for each try, and the day has their sum", async () => {
    const client = await colloquy.signIn();
    const half = { promptTokenCount: 100, candidatesTokenCount: 3, thoughtsTokenCount: 20 };
    colloquy.gemini.onPrompt("third time", [{ text: "half", usage: half }, { status: 503 }]);
    colloquy.gemini.onPrompt("third time", [{ status: 503 }]);
    colloquy.gemini.onPrompt("third time", [{ text: "Whole." }, { finish: "STOP", usage: { ...half } }]);
    const { replyId } = await send(client, "third time");
    const calls = await callsFor(replyId, 3);
    expect(calls.map(({ attempt, outcome, errorCode }) => [attempt, outcome, errorCode])).toEqual([
      [1, "FAILED", "MODEL_UNAVAILABLE"],
      [2, "FAILED", "MODEL_UNAVAILABLE"],
      [3, "COMPLETE", null],
    ]);
    // What Google refuses at once it does not bill.
    expect(calls.map(({ cost, estimated }) => [cost, estimated])).toEqual([
      [88n, false],
      [0n, false],
      [88n, false],
    ]);
    await expect.poll(() => costOf(client)).toBe(176n);
  });

  test.each(["blocked", "failed"])("is there as well when the reply is %s", async (name) => {
    const client = await colloquy.signIn();
    const usage = { promptTokenCount: 1_000 };
    const finish = name === "blocked" ? "SAFETY" : "MAX_TOKENS";
    colloquy.gemini.onPrompt(name, [{ finish, usage }]);
    const { replyId } = await send(client, name);
    const [call] = await callsFor(replyId, 1);
    expect(call).toMatchObject({ outcome: name.toUpperCase(), promptTokens: 1_000, cost: 300n });
    expect(await costOf(client)).toBe(300n);
  });

  test("that finds a conversation too long has a row beside that of the shorter one", async () => {
    const client = await colloquy.signIn();
    const room = await client.createRoom();
    const { replyId: first } = await client.send(room, "first");
    await client.watchReply(first).completed;
    colloquy.gemini.onPrompt("cut me", [
      {
        status: 400,
        message: "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
      },
    ]);
    const { replyId } = await client.send(room, "cut me");
    await client.watchReply(replyId).completed;
    const calls = await callsFor(replyId, 2);
    expect(calls.map(({ attempt, errorCode }) => [attempt, errorCode])).toEqual([
      [1, "MODEL_TOO_LONG"],
      [1, null],
    ]);
  });

  test("that was stopped before Google had counted anything is estimated", async () => {
    const client = await colloquy.signIn();
    const gate = createGate();
    colloquy.gemini.onPrompt("never mind this", [{ waitFor: gate }]);
    const { replyId } = await client.send(await client.createRoom(), "never mind this");
    await colloquy.gemini.nextRequest("never mind this");
    await client.request(StopReply, { messageId: replyId });
    const [call] = await callsFor(replyId, 1);
    gate.open();
    expect(call).toMatchObject({
      outcome: "ABORTED",
      errorCode: null,
      promptTokens: 4,
      replyTokens: 0,
      estimated: true,
    });
    expect(call!.cost).toBe(2n);
    await expect.poll(() => costOf(client)).toBe(2n);
  });

  test("that was stopped in mid-reply has the last counts that came", async () => {
    const client = await colloquy.signIn();
    const usage = { promptTokenCount: 7, candidatesTokenCount: 2, thoughtsTokenCount: 9 };
    colloquy.gemini.onPrompt("enough", [{ text: "So", usage }, { stall: true }]);
    const { replyId } = await client.send(await client.createRoom(), "enough");
    await client.watchReply(replyId).until(({ text }) => text === "So");
    await client.request(StopReply, { messageId: replyId });
    const [call] = await callsFor(replyId, 1);
    expect(call).toMatchObject({
      outcome: "ABORTED",
      promptTokens: 7,
      replyTokens: 2,
      thoughtTokens: 9,
      estimated: false,
    });
  });
});

describe("the operator", () => {
  async function admin(...args: string[]) {
    let [out, err] = ["", ""];
    const code = await runAdmin(args, {
      env: { ...colloquy.env, LOG_LEVEL: "error" },
      stdout: { write: (text) => void (out += text) },
      stderr: { write: (text) => void (err += text) },
    });
    expect([code, err]).toEqual([0, ""]);
    return JSON.parse(out) as { cost: number; days: { date: string; cost: number; models: { calls: number }[] }[] };
  }

  test("sees what a user, and everybody, has cost by day and model", async () => {
    const client = await colloquy.signIn();
    colloquy.gemini.onPrompt(
      "dear",
      [{ finish: "STOP", text: "Yes.", usage: { promptTokenCount: 1_000, candidatesTokenCount: 4 } }],
      {
        times: 2,
      },
    );
    const { replyId } = await send(client, "dear");
    await send(client, "dear");
    const [call] = await callsFor(replyId, 1);
    const old = {
      ...call!,
      id: uuidv7({ msecs: TODAY.getTime() - 3 * DAY_MS }),
      createdAt: new Date(TODAY.getTime() - 3 * DAY_MS),
    };
    await colloquy.db.providerCall.create({ data: old });

    const report = await admin("usage", client.userId());
    expect(report).toMatchObject({
      id: client.userId(),
      plan: "BASIC",
      cost: 930,
      days: [
        {
          date: TODAY.toISOString().slice(0, 10),
          cost: 620,
          models: [{ model: MODEL, purpose: "REPLY", calls: 2, failed: 0, aborted: 0, promptTokens: 2_000, cost: 620 }],
        },
        { date: old.createdAt.toISOString().slice(0, 10), cost: 310, models: [{ calls: 1 }] },
      ],
    });
    const everybody = await admin("usage", "--days", "2");
    expect(everybody.days).toHaveLength(1);
    expect(everybody.cost).toBeGreaterThan(620);
    expect(await admin("show", client.userId())).toMatchObject({ usage: [{ cost: 620 }] });
  });

  test("keeps rows for 400 days", async () => {
    const client = await colloquy.signIn();
    const { replyId } = await send(client, "keep me");
    const [call] = await callsFor(replyId, 1);
    const at = (days: number) => {
      const createdAt = new Date(Date.now() - days * DAY_MS);
      return { ...call!, id: uuidv7({ msecs: createdAt.getTime() }), createdAt };
    };
    await colloquy.db.providerCall.createMany({ data: [at(399), at(401), at(500)] });
    const ctx = createAppContext(readConfig({ ...colloquy.env, LOG_LEVEL: "silent" }), "test");
    await purgeCalls(ctx, new AbortController().signal);
    await ctx.close();
    const kept = await callsFor(replyId, 2);
    expect(kept.map(({ createdAt }) => Math.round((Date.now() - createdAt.getTime()) / DAY_MS))).toEqual([399, 0]);
  });
});
