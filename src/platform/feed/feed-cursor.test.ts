import { expect, test } from "vitest";
import { z } from "zod";
import { createFeedHub, type FeedLog, type Step } from "./feed.ts";
import { createLogger } from "../logger.ts";
import type { PubSub } from "../redis/pubsub.ts";

/** The numbers from 1 on, of which it remembers the last three. */
class CountLog implements FeedLog<number, number, number> {
  ended = false;
  readonly mayResume = false;
  head = 0;

  apply(heard: number): "applied" | "seen" {
    if (heard <= this.head) return "seen";
    this.head = heard;
    return "applied";
  }

  now(): number {
    return this.head;
  }

  next(at: number) {
    if (at >= this.head) return undefined;
    return at < this.head - 3 ? "behind" : { event: at + 1, position: at + 1 };
  }
}

/** A hub over a store and a channel that the test holds in its hands. */
function createCounting(store: { head: number }) {
  const listeners = new Set<(count: never) => void>();
  const pages: { from: number; end(steps: Step<number, number>[]): void; fail(error: Error): void }[] = [];
  const pubsub: PubSub = {
    publish: async () => {},
    async subscribe(_topic, _key, listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onReconnect: (check) => void (reconnect = check),
  };
  let reconnect = () => {};
  const checked: number[] = [];
  const reads = { fail: undefined as Error | undefined };
  const logs: CountLog[] = [];
  const hub = createFeedHub<number, number, number, CountLog>(
    {
      name: "count",
      topics: [{ name: () => "count", payload: z.number() }],
      createLog() {
        const log = new CountLog();
        logs.push(log);
        return log;
      },
      async read(_key, log) {
        if (reads.fail) throw reads.fail;
        log.head = Math.max(log.head, store.head);
      },
      readPage: (_key, from) => new Promise((resolve, reject) => pages.push({ from, end: resolve, fail: reject })),
      async findStale(suspects) {
        checked.push(suspects.size);
        return [...suspects].filter(([, log]) => log.head < store.head).map(([key]) => key);
      },
    },
    { pubsub, logger: createLogger({ level: "silent", name: "test" }) },
  );
  return {
    hub,
    logs,
    pages,
    reads,
    say: (count: number) => listeners.forEach((hear) => hear(count as never)),
    listeners,
    reconnect: () => reconnect(),
    checked,
  };
}

const turn = () => new Promise(setImmediate);

/** Takes all that is there. */
function drain(cursor: { take(): number | undefined }): number[] {
  const taken: number[] = [];
  for (let next = cursor.take(); next !== undefined; next = cursor.take()) taken.push(next);
  return taken;
}

test("its reader is called when there is news, takes what is there, and learns when that is all", async () => {
  const { hub, say, listeners } = createCounting({ head: 5 });
  const cursor = hub.watch("a", 3);
  let called = 0;
  cursor.onNews(() => (called += 1));
  expect(cursor.take(), "the feed is not open yet").toBeUndefined();
  await turn();
  expect(called).toBe(1);
  expect(cursor.take()).toBe(4);
  expect(cursor.live).toBe(false);
  expect(cursor.take()).toBe(5);
  expect(cursor.live).toBe(true);
  expect(cursor.take()).toBeUndefined();

  say(7);
  expect(called).toBe(2);
  expect(drain(cursor)).toEqual([6, 7]);
  cursor.close();
  expect(cursor.ended).toBe(true);
  expect(cursor.take()).toBeUndefined();
  expect(hub.size()).toEqual({ feeds: 0, watchers: 0, behind: 0, lagMs: 0 });
  expect(listeners.size).toBe(0);
});

test("one that has something to take is behind, until it has taken all of it", async () => {
  const { hub, say } = createCounting({ head: 5 });
  const [slow, quick] = [hub.watch("a", 3), hub.watch("a", 5)];
  await turn();
  drain(quick);
  expect(hub.size()).toMatchObject({ watchers: 2, behind: 1 });
  drain(slow);
  expect(hub.size()).toMatchObject({ behind: 0, lagMs: 0 });
  say(6);
  expect(hub.size().behind).toBe(2);
  drain(quick);
  slow.take();
  expect(hub.size()).toMatchObject({ behind: 1, lagMs: expect.any(Number) as number });
  expect(hub.size().lagMs).toBeGreaterThan(0);
  drain(slow);
  expect(hub.size().lagMs).toBe(0);
  hub.close();
});

test("from now on means: nothing of what was", async () => {
  const { hub, say } = createCounting({ head: 5 });
  const cursor = hub.watch("a", null);
  await turn();
  expect(drain(cursor)).toEqual([]);
  say(6);
  expect(drain(cursor)).toEqual([6]);
  hub.close();
});

test("one that is behind what is remembered reads a page, and goes on where the page ends", async () => {
  const { hub, pages, say } = createCounting({ head: 9 });
  const cursor = hub.watch("a", 1);
  let called = 0;
  cursor.onNews(() => (called += 1));
  await turn();
  expect(cursor.take()).toBeUndefined();
  expect(cursor.take(), "one page at a time").toBeUndefined();
  expect(pages.map(({ from }) => from)).toEqual([1]);
  say(10);
  expect(called, "it waits for the page").toBe(1);
  pages[0]!.end([2, 3, 4, 5, 6].map((event) => ({ event, position: event })));
  await turn();
  expect(called).toBe(2);
  expect(drain(cursor)).toEqual([2, 3, 4, 5, 6]);
  expect(pages.map(({ from }) => from)).toEqual([1, 6]);
  pages[1]!.end([7, 8].map((event) => ({ event, position: event })));
  await turn();
  expect(drain(cursor)).toEqual([7, 8, 9, 10]);
  hub.close();
});

test("an empty page: the store holds nothing more up to where the log stood", async () => {
  const { hub, pages, say } = createCounting({ head: 9 });
  const cursor = hub.watch("a", 1);
  await turn();
  expect(cursor.take()).toBeUndefined();
  say(10);
  pages[0]!.end([]);
  await turn();
  expect(drain(cursor)).toEqual([10]);
  hub.close();
});

test("a feed that cannot be opened fails its readers once, as UNAVAILABLE, and the next one opens it anew", async () => {
  const { hub, reads } = createCounting({ head: 2 });
  reads.fail = new Error("away");
  const cursor = hub.watch("a", 0);
  let called = 0;
  cursor.onNews(() => (called += 1));
  await turn();
  expect(called).toBe(1);
  expect(() => cursor.take()).toThrow(expect.objectContaining({ code: "UNAVAILABLE" }));
  expect(cursor.take()).toBeUndefined();
  expect(cursor.ended).toBe(true);
  expect(hub.size().feeds).toBe(0);

  reads.fail = undefined;
  const next = hub.watch("a", 0);
  await turn();
  expect(drain(next)).toEqual([1, 2]);
  hub.close();
});

test("a page that cannot be read fails its reader alone", async () => {
  const { hub, pages, say } = createCounting({ head: 9 });
  const behind = hub.watch("a", 0);
  const upToDate = hub.watch("a", 9);
  await turn();
  expect(behind.take()).toBeUndefined();
  pages[0]!.fail(new Error("away"));
  await turn();
  expect(() => behind.take()).toThrow(expect.objectContaining({ code: "UNAVAILABLE" }));
  say(10);
  expect(drain(upToDate)).toEqual([10]);
  hub.close();
});

test("as an iterator it waits for news, and `return()` ends a wait", async () => {
  const { hub, say } = createCounting({ head: 1 });
  const iterator = hub.watch("a", 0)[Symbol.asyncIterator]();
  expect(await iterator.next()).toEqual({ done: false, value: 1 });
  const next = iterator.next();
  say(2);
  expect(await next).toEqual({ done: false, value: 2 });
  const waiting = [iterator.next(), iterator.next()];
  await iterator.return?.();
  expect(await Promise.all(waiting)).toEqual([
    { done: true, value: undefined },
    { done: true, value: undefined },
  ]);
  expect(hub.size()).toEqual({ feeds: 0, watchers: 0, behind: 0, lagMs: 0 });
});

test("a log that ends, and a hub that closes, end their readers after what is left to take", async () => {
  const { hub, logs, say } = createCounting({ head: 1 });
  const cursor = hub.watch("a", 0);
  let called = 0;
  cursor.onNews(() => (called += 1));
  await turn();
  logs[0]!.ended = true;
  say(2);
  expect(called).toBe(2);
  expect(drain(cursor)).toEqual([1, 2]);
  expect(cursor.ended).toBe(true);

  const other = hub.watch("b", 5);
  await turn();
  other.onNews(() => (called += 1));
  hub.close();
  expect(called).toBe(3);
  expect(other.take()).toBeUndefined();
  expect(other.ended).toBe(true);
});

test("what was not announced is found when the connection is back, some hundred logs at a time", async () => {
  const store = { head: 1 };
  const { hub, reconnect, checked } = createCounting(store);
  const cursors = Array.from({ length: 1_201 }, (_, n) => hub.watch(String(n), 1));
  await turn();
  expect(cursors.flatMap(drain)).toEqual([]);
  store.head = 2;
  const told = cursors.map((cursor) => new Promise<void>((resolve) => cursor.onNews(resolve)));
  reconnect();
  await Promise.all(told);
  expect(cursors.flatMap(drain)).toEqual(cursors.map(() => 2));
  expect(checked).toEqual([500, 500, 201]);
  hub.close();
});
