import { expect } from "vitest";
import { joinChunks, type ReplyChunk } from "./client.ts";

/** Holds the chunks of a reply to the promise that no reader ever has less of it, or something else, than before. */
export function expectGrowing(chunks: readonly ReplyChunk[]): void {
  let before = "";
  for (let count = 1; count <= chunks.length; count += 1) {
    const { text } = joinChunks(chunks.slice(0, count));
    expect(text.startsWith(before), `"${text.slice(-80)}" goes on from "${before.slice(-80)}"`).toBe(true);
    before = text;
  }
}
