import { describe, expect, test } from "vitest";
import { addChunk, NO_TEXT, positionOf } from "./reply-text.ts";

describe("the text of a reply", () => {
  const piece = (attempt: number, offset: number, text: string) => ({ attempt, offset, text, status: "STREAMING" });

  test("grows, forgives what overlaps, and starts over with a higher attempt", () => {
    const chunks = [piece(1, 0, "One, "), piece(1, 3, ", two"), piece(2, 0, "Uno")];
    const texts = chunks.map((_, index) => chunks.slice(0, index + 1).reduce(addChunk, NO_TEXT));
    expect(texts.map(({ text }) => text)).toEqual(["One, ", "One, two", "Uno"]);
    expect(positionOf(texts[2]!)).toEqual({ attempt: 2, offset: 3 });
  });

  test("is not joined over a hole", () => {
    expect(() => addChunk(addChunk(NO_TEXT, piece(1, 0, "One")), piece(1, 5, "three"))).toThrow(RangeError);
    expect(() => addChunk(addChunk(NO_TEXT, piece(1, 0, "One, two")), piece(2, 5, "tres"))).toThrow(RangeError);
  });
});
