import type { GroundingMetadata } from "@google/genai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createAsk } from "./ask-fake.ts";
import { startFakeGemini, type FakeGemini } from "./fake-gemini.ts";

/** What a reply has beside text and thoughts: sources, pages, code, images. */

let fake: FakeGemini;
let { ask } = createAsk("http://unused");
beforeAll(async () => {
  fake = await startFakeGemini({ chunkDelayMs: 0 });
  ({ ask } = createAsk(fake.url));
});
afterEach(() => fake.reset());
afterAll(() => fake.close());

/** The texts that the supports point at, cut out of the part by bytes. */
function cutOut(metadata: GroundingMetadata | undefined, text: string) {
  const bytes = Buffer.from(text);
  return (metadata?.groundingSupports ?? []).map(({ segment }) =>
    bytes.subarray(segment?.startIndex ?? 0, segment?.endIndex).toString(),
  );
}

describe("a search", () => {
  it("comes with the last chunk: queries, suggestions, pages, and bytes of the text", async () => {
    const { text, chunks, candidate, usage } = await ask("Translate it [[fake: search=3 queries=2]]");
    const metadata = candidate?.groundingMetadata;
    expect(chunks.filter(({ candidates }) => candidates?.[0]?.groundingMetadata)).toHaveLength(1);
    expect(metadata?.webSearchQueries).toHaveLength(2);
    expect(metadata?.searchEntryPoint?.renderedContent).toContain('<a class="chip"');
    expect(metadata?.groundingChunks).toHaveLength(3);
    expect(cutOut(metadata, text)).toEqual(metadata?.groundingSupports?.map(({ segment }) => segment?.text));
    expect(cutOut(metadata, text).join("")).toContain("おはようございます。");
    expect(metadata?.groundingSupports?.[0]?.groundingChunkIndices).toEqual([0, 1]);
    expect(usage?.toolUsePromptTokenCount).toBe(308);
  });

  it("counts bytes within the part of the text, which thoughts and code come before", async () => {
    const shown = { thinkingConfig: { includeThoughts: true } };
    const partIndex = async (prompt: string, config = {}) =>
      (await ask(prompt, { config })).candidate?.groundingMetadata?.groundingSupports?.[0]?.segment?.partIndex;
    expect(await partIndex("Hello [[fake: search]]")).toBeUndefined();
    expect(await partIndex("Hello [[fake: search]]", shown)).toBe(1);
    expect(await partIndex("Hello [[fake: search]] [[fake: code]]", shown)).toBe(3);
  });

  it("comes in pieces, or twice, or without any page", async () => {
    const told = async (words: string) => {
      const { chunks, text } = await ask(`A story [[fake: ${words}]]`);
      return {
        text,
        metadata: chunks.flatMap(({ candidates }) => candidates?.[0]?.groundingMetadata ?? []),
      };
    };
    const pieces = await told("search at=pieces");
    expect(pieces.metadata).toHaveLength(3);
    const cut = pieces.metadata.map((metadata) => cutOut(metadata, pieces.text));
    expect(new Set(cut.flat()).size).toBe(cut.flat().length);
    const twice = await told("search at=twice");
    expect(twice.metadata).toHaveLength(2);
    expect(twice.metadata[1]).toEqual(twice.metadata[0]);
    const none = await told("search=0");
    expect(none.metadata[0]).not.toHaveProperty("groundingChunks");
    expect(none.metadata[0]?.searchEntryPoint?.renderedContent).toBeDefined();
  });

  it("can be followed by a reply that is withheld", async () => {
    const { chunks, candidate } = await ask("A story [[fake: search at=pieces]] [[fake: safety after=30]]");
    expect(candidate?.finishReason).toBe("SAFETY");
    expect(chunks.some(({ candidates }) => candidates?.[0]?.groundingMetadata)).toBe(true);
  });

  it("is made where it is offered and asked for", async () => {
    const config = { tools: [{ googleSearch: {} }, { urlContext: {} }] };
    const searched = await ask("What is in the news at https://example.com/a?", { config });
    expect(searched.candidate?.groundingMetadata?.webSearchQueries).toHaveLength(1);
    expect(searched.candidate?.urlContextMetadata?.urlMetadata).toEqual([
      { retrievedUrl: "https://example.com/a?", urlRetrievalStatus: "URL_RETRIEVAL_STATUS_SUCCESS" },
    ]);
    expect((await ask("What is in the news?")).candidate).not.toHaveProperty("groundingMetadata");
  });
});

it("reads a page, or does not", async () => {
  const { candidate } = await ask("Read https://example.com/b [[fake: url-context=paywall]]");
  expect(candidate?.urlContextMetadata?.urlMetadata).toEqual([
    { retrievedUrl: "https://example.com/b", urlRetrievalStatus: "URL_RETRIEVAL_STATUS_PAYWALL" },
  ]);
});

it("runs code before the text, with as many results as wanted", async () => {
  const { parts } = await ask("Hello [[fake: code=failed runs=2]]");
  expect(parts.slice(0, 3)).toMatchObject([
    { executableCode: { language: "PYTHON" } },
    { codeExecutionResult: { outcome: "OUTCOME_OK" } },
    { codeExecutionResult: { outcome: "OUTCOME_FAILED" } },
  ]);
});

it("puts an image of any size into the text", async () => {
  const { parts, text } = await ask("Hello [[fake: image=100000]]");
  const at = parts.findIndex(({ inlineData }) => inlineData);
  expect(Buffer.from(parts[at]?.inlineData?.data ?? "", "base64")).toHaveLength(100_000);
  expect([at > 0, at < parts.length - 2]).toEqual([true, true]);
  expect(text).toBe((await ask("Hello")).text);
});

it.each(["think=x", "think far=2", "search at=home", "url-context=gone", "code=maybe", "usage eggs=1", "outage=flood"])(
  "what cannot be read is an error: %s",
  async (words) => {
    await expect(ask(`[[fake: ${words}]]`)).rejects.toMatchObject({ status: 400 });
  },
);
