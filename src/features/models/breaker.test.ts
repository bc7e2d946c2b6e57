import { Redis } from "ioredis";
import { afterAll, expect, test, vi } from "vitest";
import { readConfig } from "../../config.ts";
import { createLogger } from "../../platform/logger.ts";
import { noteFailure, noteSuccess, readBreaker } from "./breaker.ts";

const redis = new Redis({ lazyConnect: true });
const config = readConfig({
  DATABASE_URL: "postgresql://localhost/test",
  REDIS_URL: "redis://localhost",
  MODEL_BREAKER_FAILURES: "1",
});
const ctx = { redis, config, logger: createLogger({ level: "silent", name: "test" }) };

afterAll(() => redis.disconnect());

test("without Redis every model is asked, whatever has failed", async () => {
  expect(await noteFailure(ctx, "a", { certain: false })).toBe("closed");
  expect(await readBreaker(ctx, "a")).toBe("closed");
  expect(await noteSuccess(ctx, "a")).toBe("closed");
});

test("without Redis a model that is gone is skipped for this reply", async () => {
  expect(await noteFailure(ctx, "a", { certain: true })).toBe("open");
});

test("a Redis that refuses is one that is not there", async () => {
  const refusing = new Redis({ lazyConnect: true });
  refusing.status = "ready";
  vi.spyOn(refusing, "evalsha").mockRejectedValue(new Error("OOM command not allowed"));
  expect(await readBreaker({ ...ctx, redis: refusing }, "a")).toBe("closed");
  refusing.disconnect();
});
