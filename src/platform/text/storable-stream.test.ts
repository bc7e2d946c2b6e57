import fc from "fast-check";
import { expect, test } from "vitest";
import { createStorableStream } from "./storable-stream.ts";
import { toStorable } from "./text.ts";

/** Any code units, with those that matter more often than by chance. */
const text = fc
  .array(fc.oneof(fc.constantFrom("\0", "\ud83d", "\ude00", "😀", "a"), fc.string({ unit: "binary", maxLength: 3 })))
  .map((parts) => parts.join(""));

test("pieces give the same text as the whole, and each piece can be stored by itself", () => {
  fc.assert(
    fc.property(text, fc.array(fc.nat(8)), (whole, sizes) => {
      const stream = createStorableStream();
      const pieces: string[] = [];
      let at = 0;
      for (const size of [...sizes, whole.length]) {
        pieces.push(stream.push(whole.slice(at, at + size)));
        at += size;
      }
      pieces.push(stream.end());
      expect(pieces.join("")).toBe(toStorable(whole));
      for (const piece of pieces) expect(toStorable(piece)).toBe(piece);
    }),
  );
});

test("what waits for its other half goes on with it, and only at the end without it", () => {
  const stream = createStorableStream();
  expect(stream.push("a\ud83d")).toBe("a");
  expect(stream.push("")).toBe("");
  expect(stream.push("\ude00b\ud83d")).toBe("😀b");
  expect(stream.end()).toBe("\uFFFD");
  expect(stream.end()).toBe("");
});
