import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Outage } from "../../../tools/fakes/gemini/availability.ts";
import type { Script } from "../../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../../_support/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { CreateChatroom } from "../../_support/documents.ts";
import { GetFallback } from "../../_support/model-documents.ts";
import { fileModel, writeModelsFile } from "../../_support/models-file.ts";

const FAILURES = 3;
const MODELS_FILE = writeModelsFile([
  fileModel("gemini-default", { default: true }),
  fileModel("gemini-main", { fallbacks: ["gemini-second", "gemini-third"], label: "Main" }),
  fileModel("gemini-second", { thinkingLevels: [] }),
  fileModel("gemini-third"),
  fileModel("gemini-alone"),
  fileModel("gemini-succeeded", { replacedBy: "gemini-third" }),
  fileModel("gemini-pro", { plans: ["PRO"], fallbacks: ["gemini-pro-second", "gemini-third"] }),
  fileModel("gemini-pro-second", { plans: ["PRO"] }),
]);

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  const env = {
    MODELS_FILE,
    MODEL_BREAKER_FAILURES: String(FAILURES),
    MODEL_BREAKER_OPEN: "1h",
    MODEL_RETRY_BASE: "20ms",
    GEMINI_IDLE_TIMEOUT: "2s",
  };
  colloquy = await startColloquy({ workers: 2, env });
  alice = await colloquy.signIn();
});
afterEach(async () => {
  colloquy.gemini.reset();
  await forgetBreakers();
});
afterAll(() => colloquy.close());

const breakerOf = (model: string) => `model:{${model}}:breaker`;
const MODELS = ["main", "second", "third", "alone", "succeeded", "pro", "pro-second"].map((name) => `gemini-${name}`);

async function withRedis<T>(use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(colloquy.redis.url);
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}
const forgetBreakers = () => withRedis((redis) => redis.del(MODELS.map(breakerOf)));
/** As if the time for which the model is left alone had passed. */
const expireBreaker = (model: string) => withRedis((redis) => redis.hset(breakerOf(model), "openUntil", 1));

let asked = 0;

async function send(modelId: string, client = alice, settings = {}) {
  const { createChatroom } = await client.request(CreateChatroom, { input: { modelId, settings } });
  const prompt = `Question ${(asked += 1)} to ${modelId}`;
  const { replyId } = await client.send(createChatroom.id, prompt);
  return { prompt, replyId };
}

/** How a question was answered, and which models were asked for it. */
async function answer(modelId: string, client = alice, settings = {}) {
  const { prompt, replyId } = await send(modelId, client, settings);
  await client.watchReply(replyId).completed;
  const { message } = await client.request(GetFallback, { id: replyId });
  const requests = colloquy.gemini.requests.filter((request) => request.prompt === prompt);
  return { message, models: requests.map(({ model }) => model), requests };
}

const fail = (model: string) => colloquy.gemini.models.set(model, { kind: "overloaded" });

/** Has a model fail until its breaker is open. */
async function exhaust(model: string) {
  fail(model);
  const { message } = await answer(model);
  expect(message?.status).toBe("COMPLETE");
}

test("a model that fails again and again is left alone, and its first fallback answers, as the reply says", async () => {
  fail("gemini-main");
  const first = await answer("gemini-main");
  expect(first.models).toEqual(["gemini-main", "gemini-main", "gemini-main", "gemini-second"]);
  expect(first.message).toMatchObject({
    status: "COMPLETE",
    attempt: FAILURES,
    model: "gemini-second",
    fallbackFrom: { id: "gemini-main", label: "Main" },
  });
  const next = await answer("gemini-main");
  expect(next.models).toEqual(["gemini-second"]);
  expect(next.message).toMatchObject({ attempt: 1, fallbackFrom: { id: "gemini-main" } });
});

test("each call is a row of the ledger, of the model that was asked", async () => {
  fail("gemini-main");
  const { replyId } = await send("gemini-main");
  await alice.watchReply(replyId).completed;
  const find = () => colloquy.db.providerCall.findMany({ where: { messageId: replyId }, orderBy: { id: "asc" } });
  await expect.poll(async () => (await find()).length).toBe(FAILURES + 1);
  expect((await find()).map(({ attempt, model, outcome }) => [attempt, model, outcome])).toEqual([
    [1, "gemini-main", "FAILED"],
    [2, "gemini-main", "FAILED"],
    [3, "gemini-main", "FAILED"],
    [3, "gemini-second", "COMPLETE"],
  ]);
});

test("a reply by its own model has no fallback, and others are not touched by a breaker", async () => {
  await exhaust("gemini-main");
  const { message, models } = await answer("gemini-third");
  expect(models).toEqual(["gemini-third"]);
  expect(message).toMatchObject({ model: "gemini-third", fallbackFrom: null });
});

test("a fallback is asked for what it has", async () => {
  await exhaust("gemini-main");
  const { requests } = await answer("gemini-main", alice, { thinking: "HIGH", search: true });
  expect(requests[0]).toMatchObject({
    model: "gemini-second",
    body: { tools: [{ googleSearch: {} }, { urlContext: {} }] },
  });
  expect(requests[0]?.body.generationConfig ?? {}).not.toHaveProperty("thinkingConfig");
});

test("fallbacks that are out of order are passed over; where all are, the model itself is asked", async () => {
  await exhaust("gemini-main");
  fail("gemini-second");
  fail("gemini-third");
  const { message, models } = await answer("gemini-main");
  expect(message).toMatchObject({ status: "FAILED", error: { code: "MODEL_UNAVAILABLE", retryable: true } });
  expect(new Set(models)).toEqual(new Set(["gemini-second", "gemini-third"]));
  for (const model of MODELS) colloquy.gemini.models.restore(model);
  const next = await answer("gemini-main");
  expect(next.models).toEqual(["gemini-main"]);
  expect(next.message).toMatchObject({ status: "COMPLETE", model: "gemini-main", fallbackFrom: null });
});

test("after a while one reply tries the model again, and when it answers it is back", async () => {
  await exhaust("gemini-main");
  await expireBreaker("gemini-main");
  const failed = await answer("gemini-main");
  expect(failed.models, "a probe that fails opens it at once").toEqual(["gemini-main", "gemini-second"]);
  expect((await answer("gemini-main")).models).toEqual(["gemini-second"]);

  await expireBreaker("gemini-main");
  colloquy.gemini.models.restore("gemini-main");
  const back = await answer("gemini-main");
  expect(back.message).toMatchObject({ model: "gemini-main", fallbackFrom: null });
  expect((await answer("gemini-main")).models).toEqual(["gemini-main"]);
});

test("once a model has begun to write, its failure is tried again and no other one goes on", async () => {
  const { prompt, replyId } = await (async () => {
    const half: Script = [{ text: "half " }, { cut: true }];
    const next = `Question ${asked + 1} to gemini-main`;
    for (let times = 0; times < 4; times += 1) colloquy.gemini.onPrompt(next, half);
    return send("gemini-main");
  })();
  await alice.watchReply(replyId).completed;
  const { message } = await alice.request(GetFallback, { id: replyId });
  const models = colloquy.gemini.requests.filter((request) => request.prompt === prompt).map(({ model }) => model);
  expect(models).toEqual(["gemini-main", "gemini-main", "gemini-main", "gemini-main", "gemini-main"]);
  expect(message).toMatchObject({ status: "COMPLETE", attempt: 5, model: "gemini-main", fallbackFrom: null });
});

describe("a fault that says nothing of the model", () => {
  test.each<[string, Script, string]>([
    ["a refused request", [{ status: 400 }], "MODEL_REJECTED"],
    ["an empty answer", [{ finish: "STOP" }], "MODEL_EMPTY"],
    ["a 404 of something else", [{ status: 404 }], "MODEL_REJECTED"],
  ])("%s opens no breaker", async (_, script, code) => {
    for (let times = 0; times <= FAILURES; times += 1) {
      colloquy.gemini.enqueue(script);
      const { message, models } = await answer("gemini-main");
      expect(message).toMatchObject({ status: "FAILED", error: { code } });
      expect(models).toEqual(["gemini-main"]);
    }
  });
});

describe("a model whose quota is used up", () => {
  test.each<[string, Outage]>([
    ["for the day", { kind: "quota", per: "day" }],
    ["for longer than a reply may wait", { kind: "quota", per: "minute", retryAfter: 3_600 }],
  ])("%s is answered for by its fallback at once", async (_, outage) => {
    colloquy.gemini.models.set("gemini-main", outage);
    const { message, models } = await answer("gemini-main");
    expect(models).toEqual(["gemini-main", "gemini-second"]);
    expect(message).toMatchObject({ status: "COMPLETE", attempt: 1, fallbackFrom: { id: "gemini-main" } });
    expect((await answer("gemini-main")).models).toEqual(["gemini-second"]);
  });

  test("fails the reply where there is no fallback, and says when to come back", async () => {
    colloquy.gemini.models.set("gemini-alone", { kind: "quota", per: "day" });
    const { message, models } = await answer("gemini-alone");
    expect(models).toEqual(["gemini-alone"]);
    expect(message).toMatchObject({ status: "FAILED", error: { code: "MODEL_QUOTA" } });
  });
});

describe("a model that its provider has shut down", () => {
  test("is answered for by its replacement at once, and is asked no more", async () => {
    colloquy.gemini.models.set("gemini-succeeded", { kind: "retired" });
    const first = await answer("gemini-succeeded");
    expect(first.models).toEqual(["gemini-succeeded", "gemini-third"]);
    expect(first.message).toMatchObject({
      status: "COMPLETE",
      attempt: 1,
      model: "gemini-third",
      fallbackFrom: { id: "gemini-succeeded" },
    });
    expect((await answer("gemini-succeeded")).models).toEqual(["gemini-third"]);
    const logs = colloquy.workers.flatMap((worker) => worker.logs);
    expect(logs).toContainEqual(expect.objectContaining({ fault: "MODEL_RETIRED", model: "gemini-succeeded" }));
  });

  test("fails at the first try without one, and says so", async () => {
    colloquy.gemini.models.set("gemini-alone", { kind: "retired" });
    const { message, models } = await answer("gemini-alone");
    expect(models).toEqual(["gemini-alone"]);
    expect(message).toMatchObject({ status: "FAILED", error: { code: "MODEL_RETIRED", retryable: false } });
  });
});

test("no fallback is of a dearer plan than the user's", async () => {
  const bob = await colloquy.signIn();
  const setPlan = (plan: "PRO" | "BASIC") => colloquy.db.user.update({ where: { id: bob.userId() }, data: { plan } });
  await setPlan("PRO");
  fail("gemini-pro");
  const { models } = await answer("gemini-pro", bob);
  expect(models.at(-1)).toBe("gemini-pro-second");

  for (const worker of colloquy.workers) worker.signal("SIGSTOP");
  const { prompt, replyId } = await send("gemini-pro", bob);
  await setPlan("BASIC");
  for (const worker of colloquy.workers) worker.signal("SIGCONT");
  await bob.watchReply(replyId).completed;
  expect((await colloquy.gemini.nextRequest(prompt)).model).toBe("gemini-third");
});

test("a 429 of a fallback pauses the fallback, and not the model that was chosen", async () => {
  await exhaust("gemini-main");
  colloquy.gemini.models.set("gemini-second", { kind: "quota", per: "minute", retryAfter: 1, times: 1 });
  const { message } = await answer("gemini-main");
  expect(message?.status).toBe("COMPLETE");
  const pauses = await colloquy.db.modelPause.findMany();
  expect(pauses.map(({ model }) => model)).toEqual(["gemini-second"]);
});
