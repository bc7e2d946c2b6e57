import { setTimeout as delay } from "node:timers/promises";
import { expect, inject, onTestFinished, test } from "vitest";
import { startRedis } from "../../tools/local-stack/redis.ts";
import { createAppContext } from "../../src/app-context.ts";
import { readConfig } from "../../src/config.ts";
import { createDatabase } from "../../src/platform/postgres/prisma.ts";
import { writeLiveText } from "../../src/features/replies/live-text.ts";
import { sweepReplies } from "../../src/features/replies/sweep-replies.ts";
import { createReply } from "../_support/create-reply.ts";
import { createTestDatabase } from "../_support/databases.ts";
import { within } from "../_support/within.ts";

const SWEEP_AGAIN_MS = 100;

test("a Redis that came back empty hears of the writers before their replies are given to others", async () => {
  const database = await createTestDatabase(inject("postgresUrl"));
  const db = createDatabase({ url: database.url, poolSize: 2 });
  await createReply(db, { status: "PENDING" });
  const written = await createReply(db, { status: "STREAMING", attempt: 1 });
  const orphan = await createReply(db, { status: "STREAMING", attempt: 1 });

  const redis = await startRedis();
  const settings = { DATABASE_URL: database.url, REDIS_URL: redis.url, LOG_LEVEL: "silent" };
  const ctx = createAppContext(readConfig(settings), "test", { db });
  onTestFinished(async () => {
    await ctx.close();
    await Promise.all([db.$disconnect(), redis.stop()]);
    await database.drop();
  });
  await within(8_000, async () => {
    expect(await sweepReplies(ctx), "what is pending").toBe(1);

    // Only one of the writers is still there.
    for (let dispatched = 1; dispatched < 2; dispatched = await sweepReplies(ctx)) {
      await writeLiveText(ctx.redis, written, { attempt: 1, text: "so far" });
      await delay(SWEEP_AGAIN_MS);
    }
  });
  expect(await ctx.redis.exists(`bull:generate-reply:${orphan}`)).toBe(1);
  expect(await ctx.redis.exists(`bull:generate-reply:${written}`)).toBe(0);
});
