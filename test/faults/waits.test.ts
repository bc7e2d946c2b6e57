import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Script } from "../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { CreateChatroom, GetMessage, GetUsage, RetryReply } from "../_support/documents.ts";
import { expectWholeReply } from "../_support/expect-reply.ts";
import { builtIn, writeModelsFile } from "../_support/models-file.ts";

const OTHER_MODEL = "gemini-3.8-flash";
const GOOD: Script = [{ text: "A good answer." }];

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  // Nobody else answers for a model that fails.
  const MODELS_FILE = writeModelsFile(builtIn().map((model) => Object.assign(model, { fallbacks: [] })));
  colloquy = await startColloquy({ workers: 2, env: { MODEL_RETRY_BASE: "20ms", MODELS_FILE } });
});
afterAll(() => colloquy.close());
afterEach(async () => {
  colloquy.gemini.reset();
  await colloquy.db.modelPause.deleteMany();
});

/** An answer of 429 with these details. */
const limited = (...details: object[]): Script => [
  { status: 429, body: { error: { code: 429, message: "Quota.", status: "RESOURCE_EXHAUSTED", details } } },
];
const retryInfo = (retryDelay: unknown) => ({ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay });
const quotaFailure = (quotaId: string) => ({
  "@type": "type.googleapis.com/google.rpc.QuotaFailure",
  violations: [{ quotaId }],
});
const header = (status: number, retryAfterHeader: string): Script => [{ status, retryAfterHeader }];

/** A room in which a prompt meets these answers, one a try. */
async function ask(prompt: string, ...answers: Script[]) {
  for (const answer of answers) colloquy.gemini.onPrompt(prompt, answer);
  alice = await colloquy.signIn();
  const room = await alice.createRoom();
  const { replyId } = await alice.send(room, prompt);
  const message = await expectWholeReply(alice, alice.watchReply(replyId));
  return { room, replyId, message };
}

const read = async (id: string) => (await alice.request(GetMessage, { id })).message!;

describe("a wait that is longer than a reply waits", () => {
  const NINES = "9".repeat(400);
  test.each<[string, Script]>([
    ["a day", limited(retryInfo("86400s"))],
    ["a moment more than the limit", limited(retryInfo("120.001s"))],
    ["more than any date", limited(retryInfo("99999999999999s"))],
    ["more than any number", limited(retryInfo(`${NINES}s`))],
    ["among others", limited(retryInfo("1s"), { retryDelay: 7 }, "odd" as never, retryInfo("3600s"))],
    ["a header of more than any date", header(429, "99999999999999")],
    ["a header of more than any number", header(503, NINES)],
    ["a header with a date", header(503, "Fri, 31 Dec 9999 23:59:59 GMT")],
  ])("ends it with MODEL_QUOTA: %s", async (name, answer) => {
    const { message, replyId, room } = await ask(`too long: ${name}`, answer, GOOD);
    expect(message).toMatchObject({ status: "FAILED", attempt: 1, error: { code: "MODEL_QUOTA", retryable: true } });
    expect((await alice.request(GetUsage)).me?.usage.used).toBe(0);
    const { error } = await read(replyId);
    expect(Date.parse(error!.retryAt!)).toBeGreaterThan(Date.now() + 60_000);

    // Who wants to may ask again at once, and the room is free.
    await alice.request(RetryReply, { messageId: replyId });
    expect(await expectWholeReply(alice, alice.watchReply(replyId))).toMatchObject({ status: "COMPLETE", error: null });
    const { replyId: next } = await alice.send(room, "and now?");
    expect(await expectWholeReply(alice, alice.watchReply(next))).toMatchObject({ status: "COMPLETE" });
  });

  test("is what is left of a day whose quota is used up, however short a wait is named", async () => {
    const perDay = quotaFailure("GenerateRequestsPerDayPerProjectPerModel-FreeTier");
    const { message, replyId } = await ask("the whole day", limited(perDay, retryInfo("0.1s")), GOOD);
    expect(message).toMatchObject({ status: "FAILED", attempt: 1, error: { code: "MODEL_QUOTA" } });
    const retryAt = new Date((await read(replyId)).error!.retryAt!);
    expect(retryAt.getTime()).toBeGreaterThan(Date.now());
    const inCalifornia = retryAt.toLocaleTimeString("en-GB", { timeZone: "America/Los_Angeles" });
    expect(inCalifornia).toBe("00:00:00");
  });
});

describe("a wait that is none", () => {
  test.each<[string, Script]>([
    ["-5s", limited(retryInfo("-5s"))],
    ["NaNs", limited(retryInfo("NaNs"))],
    ["Infinitys", limited(retryInfo("Infinitys"))],
    ["1e400s", limited(retryInfo("1e400s"))],
    ["another type", limited(retryInfo({ seconds: "86400" }))],
    ["details of another type", limited(null as never, 5 as never)],
    ["a header below zero", header(429, "-99999999999999")],
    ["a header of no time", header(503, "NaN")],
    ["a header with a date that was", header(503, "Sun, 06 Nov 1994 08:49:37 GMT")],
    ["a header with a date that cannot be", header(429, "Fri, 31 Dec 999999999 23:59:59 GMT")],
  ])("is a backoff of our own: %s", async (name, answer) => {
    const { message } = await ask(`no time: ${name}`, answer, GOOD);
    expect(message).toMatchObject({ status: "COMPLETE", attempt: 2 });
  });

  test("a quota of a minute is waited for", async () => {
    const sample = quotaFailure("GenerateRequestsPerMinutePerProjectPerModel-FreeTier");
    const { message } = await ask("this minute", limited(sample, retryInfo("0.2s")), GOOD);
    expect(message).toMatchObject({ status: "COMPLETE", attempt: 2 });
  });
});

describe("a model that is asked too much", () => {
  /** Has the default model paused for longer than any test takes. @returns the reply that met the 429 */
  async function pauseDefault() {
    alice = await colloquy.signIn();
    colloquy.gemini.onPrompt("too much", limited(retryInfo("100s")));
    const { replyId } = await alice.send(await alice.createRoom(), "too much");
    const watch = alice.watchReply(replyId);
    await watch.until(({ attempt, waitingFor }) => attempt === 1 && waitingFor === "NEXT_TRY");
    return replyId;
  }
  const openOther = async () =>
    (await alice.request(CreateChatroom, { input: { modelId: OTHER_MODEL } })).createChatroom.id;

  test("keeps nobody else's model waiting, and costs those who wait for it no try", async () => {
    const refused = await pauseDefault();
    const { nextTryAt } = await read(refused);
    const behind = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => alice.send(await alice.createRoom(), `behind ${index}`)),
    );
    // More than the slots of one user: those in front give theirs up.
    for (const { replyId } of behind) {
      await alice.watchReply(replyId).until(({ waitingFor }) => waitingFor === "NEXT_TRY");
      const waiting = await read(replyId);
      expect(waiting).toMatchObject({ status: "PENDING", attempt: 0 });
      expect(Date.parse(waiting.nextTryAt!)).toBeGreaterThanOrEqual(Date.parse(nextTryAt!));
    }
    const others = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => alice.send(await openOther(), `beside ${index}`)),
    );
    for (const { replyId } of others) {
      expect(await expectWholeReply(alice, alice.watchReply(replyId))).toMatchObject({
        status: "COMPLETE",
        attempt: 1,
      });
    }
    const asked = colloquy.gemini.requests.map(({ prompt }) => prompt);
    expect(asked.filter((prompt) => prompt.startsWith("behind"))).toEqual([]);
    const rows = await colloquy.db.message.findMany({ where: { id: { in: behind.map(({ replyId }) => replyId) } } });
    expect(rows.every(({ tries, place }) => tries === 0 && place === null)).toBe(true);
    expect(await read(refused)).toMatchObject({ status: "PENDING", attempt: 1 });
  });

  test("stays paused when Redis forgets everything, and is asked again when the pause is over", async () => {
    await pauseDefault();
    const redis = new Redis(colloquy.redis.url);
    await redis.flushall();
    const { replyId } = await alice.send(await alice.createRoom(), "after the flood");
    const watch = alice.watchReply(replyId);
    await watch.until(({ waitingFor }) => waitingFor === "NEXT_TRY");
    expect(await read(replyId)).toMatchObject({ status: "PENDING", attempt: 0 });

    // As if the time had come; the sweeper brings the job.
    await colloquy.db.modelPause.deleteMany();
    await colloquy.db.message.update({ where: { id: replyId }, data: { nextTryAt: null } });
    await redis.flushall();
    redis.disconnect();
    expect(await expectWholeReply(alice, watch)).toMatchObject({ status: "COMPLETE", attempt: 1 });
  });
});
