import { expect, test } from "vitest";
import { createReplyReader } from "../../src/platform/gemini/reply-reader.ts";
import { citationsOf } from "../../src/features/messages/parts-of.ts";
import type { Activity } from "../../src/platform/gemini/activity.ts";

test("the sources of a reply are read within seconds, whatever the model says of them", () => {
  const text = "👩‍🚀 \u0301".repeat(50_000);
  const groundingSupports = Array.from({ length: 1_000 }, (_, index) => ({
    segment: { startIndex: index * 300, endIndex: index * 300 + 5, text: "not there" },
    groundingChunkIndices: [0],
  }));
  const groundingMetadata = {
    groundingChunks: [{ web: { uri: "https://a.example/", title: "a" } }],
    groundingSupports,
  };
  const reader = createReplyReader();
  const startedAt = performance.now();
  const pieces = [{ parts: [{ text }] }, ...Array.from({ length: 20 }, () => ({ parts: [] }))].map((content) =>
    reader.push({ candidates: [{ content, groundingMetadata }] }),
  );
  pieces.push(reader.end());
  expect(citationsOf(pieces.flatMap(({ activities }): Activity[] => activities as Activity[]))).toHaveLength(1_000);
  expect(performance.now() - startedAt).toBeLessThan(20_000);
});
