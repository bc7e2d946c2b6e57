import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { fakeReply } from "../../tools/fakes/gemini/answers.ts";
import { textOf } from "../../tools/fakes/gemini/record.ts";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import type { ReplyChunk, TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { GetMessage, GetUsage, StopReply } from "../_support/documents.ts";
import { expectWholeReply } from "../_support/expect-reply.ts";
import { expectGrowing } from "../_support/expect-growing.ts";
import { fileModel, writeModelsFile } from "../_support/models-file.ts";
import type { Watch } from "../_support/watch.ts";

/** Models that go on in each of the ways, as the catalogue says; the last is said to take what it refuses. */
const MODELS_FILE = writeModelsFile([
  fileModel("gemini-3.5-flash-lite", { default: true }),
  fileModel("gemini-3.1-flash-lite", { continuation: "PREFILL" }),
  fileModel("gemini-3.8-flash", { continuation: "PREFILL" }),
  fileModel("gemini-3.7-flash", { continuation: "NONE" }),
]);
const QUICK = { SHUTDOWN_GRACE: "600ms" };

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy({ workers: 0, env: { MODELS_FILE } });
});
afterAll(() => colloquy.close());
// A test that fails leaves none of its workers to the next.
afterEach(() => Promise.all(colloquy.workers.map((worker) => worker.kill())));

async function ask(content: string, input: { modelId?: string; settings?: Record<string, unknown> } = {}) {
  alice = await colloquy.signIn();
  return alice.send(await alice.createRoom(), content, input);
}

const hasText = (length: number, attempt: number) => (chunk: ReplyChunk) =>
  chunk.attempt === attempt && chunk.offset + chunk.text.length >= length;

/** Redis loses the live text and the jobs. */
async function forgetAll(): Promise<void> {
  const redis = new Redis(colloquy.redis.url);
  await redis.flushall();
  redis.disconnect();
}

/** Stops the first worker in mid-reply with another one there. */
async function handOver(
  watch: Watch<ReplyChunk>,
  length: number,
  attempt: number,
  worker: { stop(): Promise<unknown> },
) {
  await watch.until(hasText(length, attempt));
  const next = await colloquy.startWorker(QUICK);
  await worker.stop();
  return next;
}

test("two restarts in a row: the text grows without loss or repetition, and each call is paid, the message once", async () => {
  const prompt = "[[fake: chunks=250 size=20 delay=40]]";
  const first = await colloquy.startWorker(QUICK);
  const { replyId, messageId } = await ask(prompt);
  const watch = alice.watchReply(replyId);
  const second = await handOver(watch, 200, 1, first);
  const third = await handOver(watch, 1_000, 2, second);

  const stored = await expectWholeReply(alice, watch);
  expect(stored).toMatchObject({ content: fakeReply({ prompt }), status: "COMPLETE", attempt: 3 });
  expectGrowing(watch.events);
  const row = await colloquy.db.message.findUniqueOrThrow({ where: { id: replyId } });
  expect(row).toMatchObject({ tries: 0, handBacks: 2, errorCode: null });
  expect(await colloquy.db.message.count({ where: { parentId: messageId } })).toBe(1);
  expect((await alice.request(GetUsage)).me?.usage.used).toBe(1);
  const calls = await colloquy.db.providerCall.findMany({ where: { messageId: replyId }, orderBy: { attempt: "asc" } });
  expect(calls.map(({ attempt, outcome }) => [attempt, outcome])).toEqual([
    [1, "ABORTED"],
    [2, "ABORTED"],
    [3, "COMPLETE"],
  ]);
  const requests = colloquy.gemini.requests.filter((request) => request.prompt === prompt);
  expect(requests.map(({ continues }) => continues?.length ?? 0)).toEqual([0, expect.any(Number), expect.any(Number)]);
  expect(requests.at(1)?.continues?.length).toBeGreaterThanOrEqual(200);
  expect(requests.at(2)?.continues?.length).toBeGreaterThanOrEqual(1_000);
  await third.stop();
});

test.each([
  ["takes its own turn", "gemini-3.1-flash-lite", ["model"]],
  ["is said to take it, and refuses", "gemini-3.8-flash", ["model", "user"]],
])("a model that %s goes on with the text", async (_, modelId, lastTurns) => {
  const prompt = `[[fake: chunks=200 size=20 delay=40 unicode]] ${modelId}`;
  const first = await colloquy.startWorker(QUICK);
  const { replyId } = await ask(prompt, { modelId });
  const watch = alice.watchReply(replyId);
  const second = await handOver(watch, 100, 1, first);
  expect(await expectWholeReply(alice, watch)).toMatchObject({ content: fakeReply({ prompt }), attempt: 2 });
  expectGrowing(watch.events);
  const again = colloquy.gemini.requests.filter((request) => request.prompt === prompt).slice(1);
  expect(again.map(({ body }) => body.contents?.at(-1)?.role)).toEqual(lastTurns);
  await second.stop();
});

test("a text goes on from where it stands for another device, and for one that asks", async () => {
  const first = await colloquy.startWorker(QUICK);
  colloquy.gemini.onPrompt("device", [{ text: "The beginning, " }, { stall: true }]);
  const { replyId } = await ask("device");
  const watch = alice.watchReply(replyId);
  await watch.until(({ text }) => text === "The beginning, ");
  await first.stop();
  // Nobody writes it, and Redis has forgotten it.
  await forgetAll();
  const other = alice.watchReply(replyId, { attempt: 1, offset: 4 });
  expect(await other.until(() => true)).toMatchObject({
    status: "PENDING",
    attempt: 1,
    offset: 4,
    text: "beginning, ",
  });
  expect((await alice.request(GetMessage, { id: replyId })).message?.content).toBe("The beginning, ");
  colloquy.gemini.onPrompt("device", [{ text: "The beginning, and the end." }]);
  const second = await colloquy.startWorker(QUICK);
  for (const each of [watch, other]) await each.completed;
  expect(await expectWholeReply(alice, watch)).toMatchObject({ content: "The beginning, and the end." });
  expectGrowing(watch.events);
  await second.stop();
});

test("a reply that waits for its next worker is stopped with its text", async () => {
  const first = await colloquy.startWorker(QUICK);
  colloquy.gemini.onPrompt("stop it", [{ text: "so far" }, { stall: true }]);
  const { replyId } = await ask("stop it");
  const watch = alice.watchReply(replyId);
  await watch.until(({ text }) => text === "so far");
  await first.stop();
  await forgetAll();
  await expect
    .poll(async () => (await alice.ask(StopReply, { messageId: replyId })).data?.stopReply)
    .toMatchObject({ status: "STOPPED", content: "so far" });
});

test.each([
  ["a model does not go on", { modelId: "gemini-3.7-flash" }],
  ["it may run code", { settings: { codeExecution: true } }],
])("where %s a reply has the whole grace, then starts over", async (why, input) => {
  const first = await colloquy.startWorker({ SHUTDOWN_GRACE: "2s" });
  const gate = createGate();
  colloquy.gemini.onPrompt(why, [{ text: "in " }, { waitFor: gate }, { text: "time" }]);
  const quick = await ask(why, input);
  const inTime = alice.watchReply(quick.replyId);
  await inTime.until(({ text }) => text === "in ");
  colloquy.gemini.onPrompt(why, [{ text: "too late" }, { stall: true }]);
  colloquy.gemini.onPrompt(why, [{ text: "anew" }]);
  const slow = await ask(why, input);
  const late = alice.watchReply(slow.replyId);
  await late.until(({ text }) => text === "too late");
  // A reply that has no text yet does not keep its worker: it is handed back first.
  colloquy.gemini.onPrompt("nothing yet", [{ stall: true }]);
  const empty = await ask("nothing yet", input);
  await colloquy.gemini.nextRequest("nothing yet");

  const ended = first.stop();
  await first.whenLogged((line) => line["replyId"] === empty.replyId && line["job"] === "handed back");
  gate.open();
  expect(await inTime.completed).toBeGreaterThan(0);
  expect(inTime.events.at(-1)).toMatchObject({ attempt: 1, message: { content: "in time" } });
  await ended;
  const second = await colloquy.startWorker(QUICK);
  expect(await late.completed).toBeGreaterThan(0);
  expect(late.events.at(-1)).toMatchObject({ attempt: 2, message: { content: "anew" } });
  await second.stop();
});

test("a model that is asked too much goes on later, and one that refuses is asked from the start", async () => {
  for (const [status, content, prompt] of [
    [429, "the beginning and the end", "busy"],
    [400, "another one", "refused"],
  ] as const) {
    const first = await colloquy.startWorker({ ...QUICK, MODEL_RETRY_BASE: "10ms" });
    colloquy.gemini.onPrompt(prompt, [{ text: "the beginning" }, { stall: true }]);
    colloquy.gemini.onPrompt(prompt, [{ status }]);
    colloquy.gemini.onPrompt(prompt, [{ text: status === 429 ? "the beginning and the end" : "another one" }]);
    const { replyId } = await ask(prompt);
    const watch = alice.watchReply(replyId);
    const second = await handOver(watch, "the beginning".length, 1, first);
    expect(await expectWholeReply(alice, watch)).toMatchObject({ content, attempt: 3 });
    await second.stop();
  }
});

test("a reply that is handed back again and again ends with the text so far, and is refunded", async () => {
  const first = await colloquy.startWorker(QUICK);
  colloquy.gemini.onPrompt("again and again", [{ text: "so far" }, { stall: true }]);
  const { replyId } = await ask("again and again");
  const watch = alice.watchReply(replyId);
  await watch.until(({ text }) => text === "so far");
  await first.stop();
  await colloquy.db.message.update({ where: { id: replyId }, data: { handBacks: 21 } });
  const second = await colloquy.startWorker(QUICK);
  const stored = await expectWholeReply(alice, watch);
  expect(stored).toMatchObject({ content: "so far", status: "FAILED", error: { code: "WORKER_CRASHED" } });
  expect((await alice.request(GetUsage)).me?.usage.used).toBe(0);
  await second.stop();
});

test("thoughts that led to the text stay, and the model's own turn has none of them", async () => {
  const first = await colloquy.startWorker(QUICK);
  const thought = { text: "Let me see.", thought: true } as const;
  colloquy.gemini.onPrompt("think first", [thought, { text: "It is " }, { stall: true }]);
  const { replyId } = await ask("think first", { settings: { showThoughts: true } });
  const watch = alice.watchParts(replyId);
  await watch.until(({ text }) => text === "It is ");
  colloquy.gemini.onPrompt("think first", [{ text: "Right.", thought: true }, { text: "It is so." }]);
  await first.stop();
  const second = await colloquy.startWorker(QUICK);
  await watch.completed;
  expect(watch.events.at(-1)).toMatchObject({ attempt: 2, message: { content: "It is so." } });
  const request = colloquy.gemini.requests.findLast((each) => each.prompt === "think first");
  expect(textOf(request?.body.contents?.at(-2))).toBe("It is ");
  const detail = await colloquy.db.replyDetail.findUniqueOrThrow({ where: { messageId: replyId } });
  expect(detail.thought).toBe("Let me see.Right.");
  expect(detail.activities).toMatchObject([
    { kind: "THOUGHT", at: 0, thoughtStart: 0, thoughtEnd: 11 },
    { kind: "THOUGHT", at: 6, thoughtStart: 11, thoughtEnd: 17 },
  ]);
  await second.stop();
});
