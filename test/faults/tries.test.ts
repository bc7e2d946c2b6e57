import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { startRedis } from "../../tools/local-stack/redis.ts";
import { createAppContext } from "../../src/app-context.ts";
import { readConfig } from "../../src/config.ts";
import { generateReply } from "../../src/features/replies/generate-reply.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { createReply } from "../_support/create-reply.ts";
import { createTestDatabase } from "../_support/databases.ts";
import { GetUsage } from "../_support/documents.ts";
import { expectWholeReply } from "../_support/expect-reply.ts";

let colloquy: Colloquy;
let redis: Redis;

beforeAll(async () => {
  colloquy = await startColloquy({ workers: 0, env: { MODEL_RETRY_BASE: "20ms" } });
  redis = new Redis(colloquy.redis.url);
});
afterAll(async () => {
  redis.disconnect();
  await colloquy.close();
});

test("workers that die over a reply leave it all its tries", { timeout: 120_000 }, async () => {
  const alice = await colloquy.signIn();
  const deaths = 2;
  colloquy.gemini.onPrompt("unlucky", [{ text: "so far" }, { stall: true }], { times: deaths });
  colloquy.gemini.onPrompt("unlucky", [{ status: 503 }], { times: 4 });
  colloquy.gemini.onPrompt("unlucky", [{ text: "at last" }]);
  const { replyId } = await alice.send(await alice.createRoom(), "unlucky");
  const watch = alice.watchReply(replyId);
  for (let death = 1; death <= deaths; death += 1) {
    const worker = await colloquy.startWorker();
    await watch.until(({ attempt, text }) => attempt === death && text !== "");
    await worker.kill();
    // Without the job's lock nobody has to wait for its end.
    await redis.flushall();
  }
  const worker = await colloquy.startWorker();
  expect(await expectWholeReply(alice, watch)).toMatchObject({
    status: "COMPLETE",
    content: "at last",
    attempt: deaths + 4 + 1,
  });
  await worker.stop();
});

test(
  "a reply that takes every worker down with it fails in the end, and is refunded",
  { timeout: 120_000 },
  async () => {
    const alice = await colloquy.signIn();
    colloquy.gemini.onPrompt("poison", [{ text: "so far" }, { stall: true }], { times: 2 });
    const doomed = await colloquy.startWorker();
    const { replyId } = await alice.send(await alice.createRoom(), "poison");
    const watch = alice.watchReply(replyId);
    await watch.until(({ text }) => text !== "");
    // BullMQ's own count of the workers that were lost over a job.
    await redis.hset(`bull:generate-reply:${replyId}`, "stc", 20);
    const other = await colloquy.startWorker();
    await doomed.kill();
    expect(await expectWholeReply(alice, watch)).toMatchObject({
      status: "FAILED",
      content: "",
      attempt: 2,
      error: { code: "WORKER_CRASHED", retryable: true },
    });
    expect((await alice.request(GetUsage)).me?.usage.used).toBe(0);
    await other.stop();
  },
);

test("a fault that nobody foresaw is a try too: the reply fails after five of them", async () => {
  const [database, server] = await Promise.all([createTestDatabase(inject("postgresUrl")), startRedis()]);
  const settings = { DATABASE_URL: database.url, REDIS_URL: server.url, LOG_LEVEL: "silent" };
  const ctx = createAppContext(readConfig(settings), "test");
  onTestFinished(async () => {
    await ctx.close();
    await Promise.all([database.drop(), server.stop()]);
  });
  const replyId = await createReply(ctx.db, { status: "PENDING" });
  const broken = {
    ...ctx,
    model: {
      stream(): never {
        throw new Error("a mistake of ours");
      },
    },
  };
  const NEVER = new AbortController().signal;
  const again = () => generateReply(broken, replyId, { signal: NEVER, leaving: NEVER, crashes: 0 });
  for (let time = 1; time <= 5; time += 1) await expect(again()).rejects.toThrow("a mistake of ours");
  expect(await again()).toMatchObject({ kind: "ended", report: { errorCode: "WORKER_CRASHED" } });
  expect(await ctx.db.message.findUnique({ where: { id: replyId } })).toMatchObject({
    status: "FAILED",
    attempt: 6,
    errorCode: "WORKER_CRASHED",
  });
});
