import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Redis } from "../../platform/redis/redis.ts";
import { flushTogether } from "./flush-together.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => void vi.useRealTimers());

/** Writers of one connection, by name, and what has gone out. */
function createWriters() {
  const redis = {} as Redis;
  const out: string[] = [];
  const flushes = new Map(["a", "b", "c"].map((name) => [name, () => void out.push(name)]));
  const ask = (name: string) => flushTogether(redis, flushes.get(name)!);
  return { ask, out };
}

test("what comes alone goes out at once", () => {
  const { ask, out } = createWriters();
  ask("a");
  vi.advanceTimersByTime(4);
  ask("b");
  expect(out).toEqual(["a", "b"]);
});

test("what comes just after something has gone out goes with all that come by then, each once", () => {
  const { ask, out } = createWriters();
  ask("a");
  for (const name of ["b", "c", "b"]) ask(name);
  vi.advanceTimersByTime(3);
  ask("a");
  expect(out).toEqual(["a"]);
  vi.advanceTimersByTime(1);
  expect(out).toEqual(["a", "b", "c", "a"]);
  ask("b");
  expect(out).toHaveLength(4);
  vi.advanceTimersByTime(4);
  expect(out).toHaveLength(5);
});

test("another connection is another matter", () => {
  const [one, other] = [createWriters(), createWriters()];
  one.ask("a");
  other.ask("b");
  expect([one.out, other.out]).toEqual([["a"], ["b"]]);
});

test("a clock that is set back keeps nobody waiting", () => {
  const { ask, out } = createWriters();
  ask("a");
  ask("b");
  vi.setSystemTime(Date.now() - 60_000);
  ask("c");
  expect(out).toEqual(["a", "b", "c"]);
});
