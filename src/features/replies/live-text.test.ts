import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startRedis, type RedisServer } from "../../../tools/local-stack/redis.ts";
import type { Activity } from "../../platform/gemini/activity.ts";
import { createLogger } from "../../platform/logger.ts";
import { createRedis, type Redis } from "../../platform/redis/redis.ts";
import {
  appendLiveText,
  discardLiveText,
  endLiveText,
  MAX_BYTES,
  readLiveHeads,
  readLiveText,
  stopLiveText,
  writeLiveText,
} from "./live-text.ts";

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = createRedis(server.url, createLogger({ level: "silent", name: "test" }));
  await redis.ping();
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const code = (seq: number): Activity => ({ seq, at: 0, noteLength: 0, kind: "CODE", language: "", code: `${seq} 😀` });
const ALL = { parts: true };
const PIECE = {
  attempt: 1,
  offset: 3,
  text: "def",
  thoughtOffset: 2,
  thought: "?😀",
  activity: 1,
  activities: [code(1)],
};

/** A reply whose first attempt has something of each. */
async function begin(): Promise<string> {
  const id = randomUUID();
  await writeLiveText(redis, id, { attempt: 1, text: "abc", thought: "hm", activities: [code(0)] });
  return id;
}
const BEGUN = { attempt: 1, text: "abc", thought: "hm", activities: [code(0)], state: "streaming" };
const GROWN = { attempt: 1, text: "abcdef", thought: "hm?😀", activities: [code(0), code(1)], state: "streaming" };

/** What is said of a reply while something is done. */
async function hear(id: string, act: () => Promise<unknown>): Promise<{ channel: string; wire: unknown }[]> {
  const listener = redis.duplicate();
  const heard: { channel: string; wire: unknown }[] = [];
  listener.on("pmessage", (_pattern, channel: string, payload: string) =>
    heard.push({ channel: channel.replace(id, "<id>"), wire: JSON.parse(payload) }),
  );
  await listener.psubscribe(`reply:*:${id}`);
  await act();
  await listener.ping();
  listener.disconnect();
  return heard;
}

test("one write appends to all three, and says so once, however often it is repeated", async () => {
  const id = await begin();
  const heard = await hear(id, async () => {
    expect(await appendLiveText(redis, id, PIECE)).toBe("written");
    expect(await appendLiveText(redis, id, PIECE)).toBe("written");
  });
  expect(await readLiveText(redis, id, ALL)).toMatchObject(GROWN);
  const { attempt, offset, text, ...parts } = PIECE;
  expect(heard).toEqual([
    { channel: "reply:live:<id>", wire: { kind: "text", attempt, offset, text, withParts: true } },
    { channel: "reply:parts:<id>", wire: { kind: "parts", attempt, ...parts } },
  ]);
  const heads = await readLiveHeads(redis, [id, randomUUID()]);
  expect([...heads.values()]).toMatchObject([{ attempt: 1, length: 6, thoughtLength: 5, activities: 2 }, null]);
});

test("each is said where it is listened for: text on the one channel, thoughts and activities on the other", async () => {
  const id = await begin();
  const thought = { attempt: 1, offset: 3, text: "", thoughtOffset: 2, thought: "?", activity: 1 };
  const heard = await hear(id, async () => {
    await appendLiveText(redis, id, thought);
    await appendLiveText(redis, id, { attempt: 1, offset: 3, text: "def", thoughtOffset: 3, activity: 1 });
    // That its worker is there is nothing to say.
    await appendLiveText(redis, id, { attempt: 1, offset: 6, text: "", thoughtOffset: 3, activity: 1 });
  });
  expect(heard.map(({ channel }) => channel)).toEqual(["reply:parts:<id>", "reply:live:<id>"]);
});

test.each([
  ["the text is not where it is thought to be", { ...PIECE, offset: 2 }],
  ["the thoughts are not", { ...PIECE, thoughtOffset: 0 }],
  ["the activities are not", { ...PIECE, activity: 0 }],
  ["one of three has been written", { ...PIECE, offset: 0, text: "abc" }],
  ["nothing is known of the attempt", { ...PIECE, attempt: 2 }],
])("nothing is written when %s", async (_, piece) => {
  const id = await begin();
  const heard = await hear(id, async () => expect(await appendLiveText(redis, id, piece)).toBe("lost"));
  expect(await readLiveText(redis, id, ALL)).toMatchObject(BEGUN);
  expect(heard).toEqual([]);
});

test("an attempt that has been replaced, or was stopped, writes nothing more", async () => {
  const id = await begin();
  expect(await stopLiveText(redis, id, 2)).toBeNull();
  expect(await stopLiveText(redis, id, 1)).toEqual({ text: "abc", thought: "hm", activities: [code(0)] });
  expect(await appendLiveText(redis, id, PIECE)).toBe("stopped");
  expect(await writeLiveText(redis, id, { ...GROWN, attempt: 1 })).toBe("stopped");
  expect(await readLiveText(redis, id, ALL)).toMatchObject(BEGUN);

  expect(await writeLiveText(redis, id, { attempt: 2, text: "" })).toBe("written");
  expect(await readLiveText(redis, id, ALL)).toMatchObject({ attempt: 2, text: "", thought: "", activities: [] });
  expect(await appendLiveText(redis, id, PIECE)).toBe("fenced");
});

test.each([
  ["text", { ...PIECE, text: "x".repeat(MAX_BYTES - 2) }],
  ["thoughts", { ...PIECE, thought: "x".repeat(200 * 1024 - 1) }],
  ["activities", { ...PIECE, activities: Array.from({ length: 500 }, (_, index) => code(index + 1)) }],
])("too much of %s is not written", async (_, piece) => {
  const id = await begin();
  expect(await appendLiveText(redis, id, piece)).toBe("full");
  expect(await readLiveText(redis, id, ALL)).toMatchObject(BEGUN);
});

test("nothing of a reply outlives it", async () => {
  const id = await begin();
  const keys = () => redis.keys(`reply:{${id}}:*`);
  const lives = async () => new Set(await Promise.all((await keys()).map((key) => redis.ttl(key))));
  expect(await keys()).toHaveLength(4);
  expect(await lives()).toEqual(new Set([900]));
  await endLiveText(redis, id, 1);
  expect(await lives()).toEqual(new Set([60]));
  expect(await readLiveText(redis, id, ALL)).toMatchObject({ ...BEGUN, state: "ended" });
  await discardLiveText(redis, id);
  expect(await keys()).toEqual([`reply:{${id}}:meta`]);
  expect(await appendLiveText(redis, id, PIECE)).toBe("fenced");
});

test("readers of the text alone read nothing else", async () => {
  const id = await begin();
  expect(await readLiveText(redis, id, { parts: false })).toMatchObject({ text: "abc", thought: "", activities: [] });
});

test("an activity of a kind that a newer process wrote keeps its place", async () => {
  const id = await begin();
  await redis.rpush(
    `reply:{${id}}:activities`,
    JSON.stringify({ seq: 1, at: 2, noteLength: 0, kind: "SONG", notes: [] }),
  );
  expect((await readLiveText(redis, id, ALL))?.activities).toEqual([
    code(0),
    { seq: 1, at: 2, noteLength: 0, kind: "UNSUPPORTED", what: "SONG", mimeType: null, bytes: null },
  ]);
});

describe("beside processes of a version without thoughts", () => {
  /** As it opened an attempt. */
  const openByOldWorker = (id: string, attempt: number, text: string) =>
    redis
      .multi()
      .del(`reply:{${id}}:meta`)
      .set(`reply:{${id}}:text`, text, "EX", 900)
      .hset(`reply:{${id}}:meta`, { attempt, length: text.length, state: "streaming", heard: Date.now() })
      .exec();

  test("an attempt of theirs has none, whatever the one before had", async () => {
    const id = await begin();
    await openByOldWorker(id, 2, "old");
    expect(await readLiveText(redis, id, ALL)).toMatchObject({ attempt: 2, text: "old", thought: "", activities: [] });
    expect(await readLiveHeads(redis, [id])).toMatchObject(
      new Map([[id, { attempt: 2, length: 3, thoughtLength: 0, activities: 0 }]]),
    );
    expect(await stopLiveText(redis, id, 2)).toEqual({ text: "old", thought: "", activities: [] });
  });

  test("an attempt that follows theirs has its own", async () => {
    const id = await begin();
    await openByOldWorker(id, 2, "old");
    await writeLiveText(redis, id, { attempt: 3, text: "abc", thought: "hm", activities: [code(0)] });
    expect(await appendLiveText(redis, id, { ...PIECE, attempt: 3 })).toBe("written");
    expect(await readLiveText(redis, id, ALL)).toMatchObject({ ...GROWN, attempt: 3 });
  });
});
