import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createGate, type Script } from "../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { GetMessage, GetUsage, RetryReply } from "../_support/documents.ts";
import { expectWholeReply } from "../_support/expect-reply.ts";
import { builtIn, writeModelsFile } from "../_support/models-file.ts";

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy({
    workers: 2,
    env: {
      GEMINI_IDLE_TIMEOUT: "300ms",
      GEMINI_FIRST_CHUNK_TIMEOUT: "500ms",
      MODEL_RETRY_BASE: "20ms",
      // Nobody else answers for a model that fails.
      MODELS_FILE: writeModelsFile(builtIn().map((model) => Object.assign(model, { fallbacks: [] }))),
    },
  });
});
afterAll(() => colloquy.close());
afterEach(() => colloquy.gemini.reset());

/** A room in which a prompt meets these answers, one a try. */
async function ask(prompt: string, ...answers: Script[]) {
  for (const answer of answers) colloquy.gemini.onPrompt(prompt, answer);
  alice = await colloquy.signIn();
  const room = await alice.createRoom();
  const { replyId, messageId } = await alice.send(room, prompt);
  const watch = alice.watchReply(replyId);
  const message = await expectWholeReply(alice, watch);
  const tries = colloquy.gemini.requests.filter((request) => request.prompt === prompt);
  return { room, replyId, messageId, watch, message, tries };
}

const used = async () => (await alice.request(GetUsage)).me?.usage.used;
const GOOD: Script = [{ text: "A good " }, { text: "answer." }, { finish: "STOP" }];

/** A new message is taken and answered: the room is not stuck. */
async function expectFree(room: string) {
  const { replyId } = await alice.send(room, "still there?");
  expect(await expectWholeReply(alice, alice.watchReply(replyId))).toMatchObject({ status: "COMPLETE" });
}

const PASSING: [string, Script][] = [
  ["503", [{ status: 503 }]],
  ["500", [{ status: 500 }]],
  ["429 without a time", [{ status: 429 }]],
  ["a stall before the first token", [{ stall: true }]],
  ["a stall in mid-stream", [{ text: "half " }, { stall: true }]],
  ["a connection cut in mid-stream", [{ text: "half " }, { cut: true }]],
  ["a stream that ends without a finish reason", [{ text: "half " }, { end: true }]],
];

test.each(PASSING)("%s is tried again, and the reply comes whole", async (name, fault) => {
  const { message, tries, room } = await ask(`passing ${name}`, fault, GOOD);
  expect(message).toMatchObject({ status: "COMPLETE", content: "A good answer.", attempt: 2, error: null });
  expect(tries).toHaveLength(2);
  expect(await used()).toBe(1);
  await expectFree(room);
});

const LASTING: [string, Script, string, string][] = [
  ["503", [{ status: 503 }], "MODEL_UNAVAILABLE", ""],
  ["stalls", [{ text: "half" }, { stall: true }], "MODEL_TIMEOUT", "half"],
];

test.each(LASTING)(
  "%s that do not pass fail after five tries, with the typed error, and are refunded",
  async (name, fault, code, content) => {
    const { message, tries, room, replyId } = await ask(`lasting ${name}`, fault, fault, fault, fault, fault, GOOD);
    expect(message).toMatchObject({ status: "FAILED", attempt: 5, content, error: { code, retryable: true } });
    expect(tries).toHaveLength(5);
    expect(await used()).toBe(0);

    const { retryReply } = await alice.request(RetryReply, { messageId: replyId });
    expect(retryReply).toMatchObject({ id: replyId, status: "PENDING", content: "" });
    expect(await expectWholeReply(alice, alice.watchReply(replyId))).toMatchObject({
      status: "COMPLETE",
      attempt: 6,
      content: "A good answer.",
      error: null,
    });
    expect(await used()).toBe(1);
    await expectFree(room);
  },
);

const FINAL: [string, Script, object][] = [
  [
    "an invalid key",
    [{ invalidKey: true }],
    { status: "FAILED", error: { code: "MODEL_UNAUTHORIZED", retryable: false } },
  ],
  ["an empty candidate", [{ empty: true }, { finish: "STOP" }], { status: "FAILED", error: { code: "MODEL_EMPTY" } }],
  ["a rejected request", [{ status: 400 }], { status: "FAILED", error: { code: "MODEL_REJECTED", retryable: false } }],
  [
    "a blocked prompt",
    [{ blockPrompt: "PROHIBITED_CONTENT" }],
    { status: "BLOCKED", finishReason: "PROHIBITED_CONTENT", content: "" },
  ],
  [
    "SAFETY in mid-reply",
    [{ text: "Well, " }, { finish: "SAFETY" }],
    { status: "BLOCKED", finishReason: "SAFETY", content: "Well, " },
  ],
];

test.each(FINAL)("%s ends the reply at the first try, and is refunded", async (name, fault, outcome) => {
  const { message, tries, room } = await ask(`final ${name}`, fault, GOOD);
  expect(message).toMatchObject({ ...outcome, attempt: 1 });
  expect(message.error?.message).not.toContain("test-key");
  expect(tries).toHaveLength(1);
  expect(await used()).toBe(0);
  await expectFree(room);
});

test("MAX_TOKENS is an answer, if a short one, and is charged", async () => {
  const { message, room } = await ask("too long", [{ text: "As I was say" }, { finish: "MAX_TOKENS" }]);
  expect(message).toMatchObject({ status: "COMPLETE", finishReason: "MAX_TOKENS", content: "As I was say" });
  expect(await used()).toBe(1);
  await expectFree(room);
});

test("429 with Retry-After waits that long, says so, and keeps others from that model", async () => {
  colloquy.gemini.onPrompt("slow down", [{ status: 429, retryAfter: 2 }]);
  alice = await colloquy.signIn();
  const [room, other] = [await alice.createRoom(), await alice.createRoom()];
  const { replyId } = await alice.send(room, "slow down");
  const watch = alice.watchReply(replyId);
  const refused = await colloquy.gemini.nextRequest("slow down");
  await watch.until(({ attempt, status }) => attempt === 1 && status === "PENDING");

  const { message: waiting } = await alice.request(GetMessage, { id: replyId });
  expect(waiting).toMatchObject({ status: "PENDING", attempt: 1 });
  const nextTryAt = Date.parse(waiting!.nextTryAt!);
  expect(nextTryAt - refused.startedAt).toBeGreaterThanOrEqual(1_990);

  const { replyId: bystander } = await alice.send(other, "just behind");
  await expectWholeReply(alice, alice.watchReply(bystander));
  await expectWholeReply(alice, watch);
  const started = (prompt: string) =>
    colloquy.gemini.requests.findLast((request) => request.prompt === prompt)!.startedAt;
  expect(started("slow down")).toBeGreaterThanOrEqual(nextTryAt - 10);
  expect(started("just behind"), "other replies wait too").toBeGreaterThanOrEqual(refused.startedAt + 1_500);
});

test("a retry is refused for what did not fail, and for what the conversation has left behind", async () => {
  const { replyId, messageId, room } = await ask("fine", GOOD);
  const refused = async (id: string) => (await alice.ask(RetryReply, { messageId: id })).errors[0]?.extensions["code"];
  expect(await refused(replyId)).toBe("BAD_USER_INPUT");
  expect(await refused(messageId)).toBe("BAD_USER_INPUT");

  colloquy.gemini.onPrompt("fails", [{ status: 400 }]);
  const failed = await alice.send(room, "fails");
  await alice.watchReply(failed.replyId).completed;
  await expectFree(room);
  expect(await refused(failed.replyId)).toBe("CONFLICT");
});

test("a retry sent twice is one", async () => {
  const gate = createGate();
  const { replyId } = await ask("twice", [{ status: 400 }], [{ waitFor: gate }, ...GOOD]);
  await Promise.all([1, 2, 3].map(() => alice.request(RetryReply, { messageId: replyId })));
  gate.open();
  expect(await expectWholeReply(alice, alice.watchReply(replyId))).toMatchObject({ status: "COMPLETE", attempt: 2 });
  expect(await used()).toBe(1);
});

test("a subscriber sees each try as an attempt of its own", async () => {
  colloquy.gemini.onPrompt("watched", [{ text: "first " }, { cut: true }]);
  colloquy.gemini.onPrompt("watched", [{ text: "second" }]);
  alice = await colloquy.signIn();
  const room = await alice.createRoom();
  for (const worker of colloquy.workers) worker.signal("SIGSTOP");
  const { replyId } = await alice.send(room, "watched");
  const watch = alice.watchReply(replyId);
  await watch.until(({ status }) => status === "PENDING");
  for (const worker of colloquy.workers) worker.signal("SIGCONT");
  await expectWholeReply(alice, watch);
  expect(watch.events.map(({ attempt }) => attempt)).toEqual(expect.arrayContaining([1, 2]));
  const restart = watch.events.find(({ attempt }) => attempt === 2);
  expect(restart).toMatchObject({ offset: 0 });
});
