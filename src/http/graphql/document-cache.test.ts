import { parse } from "graphql";
import { expect, test } from "vitest";
import { createDocumentCache, MAX_CACHED_LENGTH } from "./document-cache.ts";

const document = parse("{ id }");
const sourceOf = (name: string, length: number) => name.padEnd(length, "x");

test("what was asked for the longest ago goes first, by size and not by number", () => {
  const cache = createDocumentCache(10_000);
  const [a, b, c] = [sourceOf("a", 4_000), sourceOf("b", 4_000), sourceOf("c", 4_000)];
  for (const source of [a, b]) cache.set(source, document);
  expect(cache.get(a)).toBe(document);
  cache.set(c, document);
  expect([a, b, c].map((source) => cache.get(source) !== undefined)).toEqual([true, false, true]);

  for (let n = 0; n < 20; n += 1) cache.set(sourceOf(`small ${n} `, 20), document);
  expect(cache.get(a)).toBeUndefined();
  expect(cache.get(sourceOf("small 19 ", 20))).toBe(document);
});

test("the shortest documents weigh something", () => {
  const cache = createDocumentCache(10_000);
  for (let n = 0; n < 100; n += 1) cache.set(`{ a${n} }`, document);
  const cached = Array.from({ length: 100 }, (_, n) => cache.get(`{ a${n} }`)).filter(Boolean);
  expect(cached.length).toBeGreaterThan(30);
  expect(cached.length).toBeLessThan(40);
});

test("a document that is longer than ordinary is not cached, and pushes nothing out", () => {
  const cache = createDocumentCache();
  cache.set("{ id }", document);
  for (let n = 0; n < 100; n += 1) cache.set(sourceOf(`${n}`, MAX_CACHED_LENGTH + 1), document);
  expect(cache.get(sourceOf("99", MAX_CACHED_LENGTH + 1))).toBeUndefined();
  expect(cache.get("{ id }")).toBe(document);
  cache.set(sourceOf("0", MAX_CACHED_LENGTH), document);
  expect(cache.get(sourceOf("0", MAX_CACHED_LENGTH))).toBe(document);
});
