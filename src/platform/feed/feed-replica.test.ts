import { expect, test } from "vitest";
import { Feed, type FeedLog } from "./feed-replica.ts";

/** Counts, by whole numbers; knows only what was read or heard. */
class CountLog implements FeedLog<number, number, number> {
  readonly ended = false;
  readonly mayResume = false;
  head = 0;

  apply(heard: number): "applied" | "seen" | "gap" {
    if (heard <= this.head) return "seen";
    if (heard > this.head + 1) return "gap";
    this.head = heard;
    return "applied";
  }

  now(): number {
    return this.head;
  }

  next(at: number) {
    return at < this.head ? { event: at + 1, position: at + 1 } : undefined;
  }
}

/** A feed whose reads end when the test says so. */
function createHeldFeed() {
  const reads: { end(head: number): void; fail(error: Error): void }[] = [];
  const errors: unknown[] = [];
  let say = (_count: number) => {};
  const feed = new Feed<number, number, number, CountLog>({
    state: new CountLog(),
    read: (log) =>
      new Promise((resolve, reject) => {
        const end = (head: number) => {
          log.head = Math.max(log.head, head);
          resolve();
        };
        reads.push({ end, fail: reject });
      }),
    subscribe: async (listener) => {
      say = listener;
      return () => {};
    },
    onClose: () => {},
    onError: (error) => errors.push(error),
  });
  const nextRead = async () => {
    await new Promise(setImmediate);
    const read = reads.shift();
    if (!read) throw new Error("nothing is being read");
    return read;
  };
  return { feed, errors, nextRead, reads, say: (count: number) => say(count) };
}

test("a check that comes while the feed opens waits for its read, and is followed by one of its own", async () => {
  const { feed, errors, nextRead, reads } = createHeldFeed();
  const opened = feed.opened();
  const first = await nextRead();
  const checked = feed.refresh();
  await new Promise(setImmediate);
  expect(reads, "one read at a time").toHaveLength(0);
  first.end(1);
  await Promise.all([opened, checked]);
  (await nextRead()).end(5);
  expect(errors).toEqual([]);
  expect(feed.closed).toBe(false);
  expect(feed.state.head).toBe(5);
});

test("what is heard while the store is read is taken in after it", async () => {
  const { feed, errors, nextRead, say } = createHeldFeed();
  const opened = feed.opened();
  const read = await nextRead();
  say(3);
  expect(feed.state.head).toBe(0);
  read.end(2);
  await opened;
  expect(feed.state.head).toBe(3);
  expect(errors).toEqual([]);
});

test("a silent feed is compared at every second question, and what is lost is found at the second one at the latest", async () => {
  const { feed, nextRead, say } = createHeldFeed();
  const opened = feed.opened();
  (await nextRead()).end(0);
  await opened;
  const ask = (times: number) => Array.from({ length: times }, () => feed.isSuspect());
  expect(ask(5)).toEqual([true, false, true, false, true]);
  say(1);
  // What comes next, and is lost, may come at once.
  expect(ask(3)).toEqual([false, true, false]);
  say(2);
  expect(ask(2)).toEqual([false, true]);
});

test("a read that fails while the feed opens closes it, and a check that waits for it is none the worse", async () => {
  const { feed, errors, nextRead } = createHeldFeed();
  const opened = feed.opened();
  const read = await nextRead();
  const checked = feed.refresh();
  read.fail(new Error("away"));
  await expect(opened).rejects.toThrow("away");
  await checked;
  expect(errors).toHaveLength(1);
  expect(feed.closed).toBe(true);
});
