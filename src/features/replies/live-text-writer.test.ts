import { randomUUID } from "node:crypto";
import { on } from "node:events";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { startRedis, type RedisServer } from "../../../tools/local-stack/redis.ts";
import { createLogger } from "../../platform/logger.ts";
import { createRedis, type Redis } from "../../platform/redis/redis.ts";
import { livePartsTopic, LiveTextWire, liveTextTopic } from "./events.ts";
import { readLiveText } from "./live-text.ts";
import { createLiveTextWriter, type Refusal } from "./live-text-writer.ts";

/** When text goes out, by a clock that stands still unless the test moves it. */

const logger = createLogger({ level: "silent", name: "test" });
let server: RedisServer;
let redis: Redis;
let listener: Redis;
let standsAt = Date.now();
beforeAll(async () => {
  server = await startRedis();
  redis = createRedis(server.url, logger);
  listener = createRedis(server.url, logger);
  await Promise.all([redis.ping(), listener.ping()]);
});
afterEach(() => void vi.useRealTimers());
afterAll(async () => {
  redis.disconnect();
  listener.disconnect();
  await server.stop();
});

/** A writer with an open attempt, and what it says from there on. */
async function write(onRefused: (refusal: Refusal) => void = () => {}) {
  const id = randomUUID();
  const channels = [liveTextTopic.name(id), livePartsTopic.name(id)];
  await listener.subscribe(...channels);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  // Nothing of a test before has gone out just now.
  vi.setSystemTime((standsAt += 60_000));
  const said = on(listener, "message") as AsyncGenerator<[channel: string, payload: string]>;
  const writer = createLiveTextWriter({ redis, logger }, { id, attempt: 1 }, onRefused);
  onTestFinished(async () => {
    writer.close();
    await said.return(undefined);
  });

  /** The next text on its channel, or the kind of what is said on the other, once the writer has Redis' answer too. */
  async function hear(): Promise<string> {
    let taken = await said.next();
    // A test before may have left a message on its way.
    while (!taken.done && !channels.includes(taken.value[0])) taken = await said.next();
    await redis.ping();
    const wire = LiveTextWire.or(livePartsTopic.payload).parse(JSON.parse(taken.done ? "" : taken.value[1]));
    return wire.kind === "text" ? wire.text : wire.kind;
  }
  expect(await hear()).toBe("");
  return { id, writer, hear };
}

test("the first text goes out at once, and so does what comes an interval after the last", async () => {
  const { writer, hear } = await write();
  writer.push({ text: "One" });
  expect(await hear()).toBe("One");
  vi.setSystemTime(Date.now() + 25);
  writer.push({ text: " two" });
  expect(await hear()).toBe(" two");
});

test("what comes sooner is gathered until the interval has passed", async () => {
  const { writer, hear } = await write();
  writer.push({ text: "One" });
  expect(await hear()).toBe("One");
  writer.push({ text: " two" });
  vi.advanceTimersByTime(24);
  writer.push({ text: " three" });
  vi.advanceTimersByTime(1);
  expect(await hear()).toBe(" two three");
});

test("thoughts and activities go out as text does, each activity after what it tells of", async () => {
  const { id, writer, hear } = await write();
  const thought = { kind: "THOUGHT", thoughtStart: 0, thoughtEnd: 6, durationMs: 5, cut: false } as const;
  const place = { at: 0, noteLength: 0 };
  const live = () => readLiveText(redis, id, { parts: true });
  writer.push({ text: "", thought: "Hm, \ud83d" });
  expect(await hear()).toBe("parts");
  expect(await live()).toMatchObject({ text: "", thought: "Hm, ", activities: [] });
  writer.push({ text: "", thought: "\ude00" });
  writer.push({ text: "One", activities: [{ ...place, ...thought }] });
  vi.advanceTimersByTime(25);
  expect([await hear(), await hear()]).toEqual(["One", "parts"]);
  const activities = [{ seq: 0, ...place, ...thought }];
  expect(await live()).toMatchObject({ text: "One", thought: "Hm, 😀", activities });
  expect(writer.activities()).toEqual(activities);

  // A Redis that forgets gets it all again.
  await redis.flushall();
  vi.setSystemTime(Date.now() + 25);
  writer.push({ text: " two" });
  expect([await hear(), await hear()]).toEqual(["One two", "parts"]);
  expect(await live()).toMatchObject({ text: "One two", thought: "Hm, 😀", activities });
});

test("much text waits for no interval", async () => {
  const { writer, hear } = await write();
  writer.push({ text: "One" });
  expect(await hear()).toBe("One");
  const much = "x".repeat(1_024);
  writer.push({ text: much });
  expect(await hear()).toBe(much);
});

test("what comes while a flush is under way follows it, without a loss", async () => {
  const { writer, hear } = await write();
  writer.push({ text: "One" });
  writer.push({ text: " two" });
  expect(await hear()).toBe("One");
  vi.advanceTimersByTime(25);
  expect(await hear()).toBe(" two");
  expect(writer.text()).toBe("One two");
});

test.each([
  ["one piece", 1],
  ["many pieces", 1024],
])(
  "what is longer than a live text is cut after a whole character, whatever Redis has by then: %s",
  async (_, pieces) => {
    const onRefused = vi.fn<(refusal: Refusal) => void>();
    const { writer } = await write(onRefused);
    writer.push({ text: "x" }); // so that the last of the emoji is one byte too long
    for (let piece = 0; piece < pieces; piece += 1) writer.push({ text: "😀".repeat((256 * 1024) / pieces) });
    writer.push({ text: "more" });
    expect(onRefused.mock.calls).toEqual([["full"]]);
    expect(Buffer.byteLength(writer.text())).toBe(1024 * 1024 - 3);
  },
);
