import { expect, onTestFinished, test } from "vitest";
import { startRedis } from "../../../tools/local-stack/redis.ts";
import { createLogger } from "../logger.ts";
import { createRedis } from "./redis.ts";

test("of the commands of one turn the first goes out at once, and those behind it together", async () => {
  const server = await startRedis();
  onTestFinished(() => server.stop());
  const redis = createRedis(server.url, createLogger({ level: "silent", name: "test" }));
  onTestFinished(() => redis.disconnect());
  await redis.ping();
  for (const turn of ["one", "another"]) {
    const answers: Promise<string | null>[] = [];
    /** @returns bytes that have not gone out yet */
    const send = () => {
      answers.push(redis.echo(turn));
      return redis.stream.writableLength;
    };
    expect(send()).toBe(0);
    const waiting = send();
    expect(waiting).toBeGreaterThan(0);
    expect(send()).toBe(2 * waiting);
    await new Promise(setImmediate);
    expect(redis.stream.writableLength).toBe(0);
    expect(await Promise.all(answers)).toEqual([turn, turn, turn]);
  }
});
