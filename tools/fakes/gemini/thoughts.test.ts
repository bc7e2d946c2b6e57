import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { ThinkingLevel } from "@google/genai";
import { createAsk } from "./ask-fake.ts";
import { startFakeGemini, type FakeGemini } from "./fake-gemini.ts";
import { createGate } from "./script.ts";
import { numberedText } from "./text.ts";

let fake: FakeGemini;
let { ai, ask } = createAsk("http://unused");
beforeAll(async () => {
  fake = await startFakeGemini({ chunkDelayMs: 0 });
  ({ ai, ask } = createAsk(fake.url));
});
afterEach(() => fake.reset());
afterAll(() => fake.close());

const SHOWN = { thinkingConfig: { includeThoughts: true } };

describe("a model of the third generation", () => {
  it("thinks by default, counts it, and shows it only to who asks", async () => {
    const hidden = await ask("Hello");
    const shown = await ask("Hello", { config: SHOWN });
    expect(hidden.thoughts).toBe("");
    expect(shown.thoughts).toContain("**Reading the Question**\n\nThe question is: “Hello”.");
    expect(shown.text).toBe(hidden.text);
    const {
      promptTokenCount = 0,
      candidatesTokenCount = 0,
      thoughtsTokenCount = 0,
      totalTokenCount,
    } = shown.usage ?? {};
    expect(thoughtsTokenCount).toBeGreaterThan(0);
    expect(hidden.usage?.thoughtsTokenCount).toBe(thoughtsTokenCount);
    expect(totalTokenCount).toBe(promptTokenCount + candidatesTokenCount + thoughtsTokenCount);
    expect(shown.chunks[0]?.usageMetadata).not.toHaveProperty("candidatesTokenCount");
  });

  it("thinks by its level, a light one by default not at all", async () => {
    const tokens = async (model: string, thinkingLevel?: ThinkingLevel) =>
      (await ask("Hello", { model, config: thinkingLevel ? { thinkingConfig: { thinkingLevel } } : {} })).usage
        ?.thoughtsTokenCount ?? 0;
    expect(await tokens("gemini-3.5-flash-lite")).toBe(0);
    expect(await tokens("gemini-2.5-flash")).toBe(0);
    expect(await tokens("gemini-3.5-flash-lite", ThinkingLevel.LOW)).toBeGreaterThan(0);
    expect(await tokens("gemini-3.8-flash", ThinkingLevel.HIGH)).toBeGreaterThan(
      await tokens("gemini-3.8-flash", ThinkingLevel.LOW),
    );
  });

  it("gives the whole of it at once where nothing is streamed", async () => {
    const contents = "Hello [[fake: code]]";
    const reply = await ai.models.generateContent({ model: "gemini-3.8-flash", contents, config: SHOWN });
    const parts = reply.candidates?.[0]?.content?.parts ?? [];
    expect(parts.map((part) => Object.keys(part).toSorted())).toEqual([
      ["text", "thought"],
      ["executableCode"],
      ["codeExecutionResult"],
      ["text", "thoughtSignature"],
    ]);
    expect(reply.candidates?.[0]?.finishReason).toBe("STOP");
  });
});

describe("a directive", () => {
  it("asks for so many pieces of so many units", async () => {
    const { thoughts, usage } = await ask("[[fake: think=3 size=700 unicode tokens=1234]]", { config: SHOWN });
    expect(thoughts).toBe(numberedText({ chunks: 3, size: 700, unicode: true }));
    expect(usage?.thoughtsTokenCount).toBe(1234);
  });

  it("makes a think last, with thoughts spread over it, or with nothing on the wire", async () => {
    const prompt = "Hello [[fake: think=3 for=0.6]]";
    const shown = ask(prompt, { config: SHOWN });
    const first = await fake.whenSent(await fake.nextRequest(), 1);
    expect(first.chunkTimes.length).toBeLessThan(3);
    await shown;
    const dueAfter = first.chunkTimes.map((time) => time - first.startedAt);
    expect(dueAfter.slice(1, 4).map((ms, index) => ms > 190 * (index + 1))).toEqual([true, true, true]);

    await ask(prompt);
    const record = await fake.nextRequest();
    expect((record.chunkTimes[0] ?? 0) - record.startedAt).toBeGreaterThan(580);
  });

  it("breaks a think in the middle", async () => {
    const broken = ask("[[fake: think=4]] [[fake: cut after-thoughts=2]]", { config: SHOWN });
    await expect(broken).rejects.toThrow("terminated");
    expect(fake.requests[0]).toMatchObject({ chunksSent: 2, finished: false });
  });

  it("lets thoughts take all tokens", async () => {
    const { candidate, usage } = await ask("[[fake: think=2 tokens=64]] [[fake: max-tokens after=0]]");
    expect(candidate).toEqual({ content: { role: "model" }, finishReason: "MAX_TOKENS", index: 0 });
    expect(usage).toMatchObject({ thoughtsTokenCount: 64 });
    expect(usage).not.toHaveProperty("candidatesTokenCount");
  });

  it("counts by modality", async () => {
    const { usage } = await ask("[[fake: usage cached=4 tools=65 image=258 audio=32]] [[fake: image]]");
    expect(usage).toMatchObject({
      cachedContentTokenCount: 4,
      cacheTokensDetails: [{ modality: "TEXT", tokenCount: 4 }],
      toolUsePromptTokenCount: 65,
      candidatesTokensDetails: [{ modality: "TEXT" }, { modality: "IMAGE", tokenCount: 1290 }],
    });
    expect(usage?.promptTokensDetails?.slice(1)).toEqual([
      { modality: "IMAGE", tokenCount: 258 },
      { modality: "AUDIO", tokenCount: 32 },
    ]);
  });
});

it("a script thinks around a gate", async () => {
  const gate = createGate();
  fake.enqueue([{ think: ["One. "], tokens: 5 }, { waitFor: gate }, { think: ["Two."], tokens: 6 }, { text: "Three" }]);
  const pending = ask("Hello", { config: SHOWN });
  await fake.whenSent(await fake.nextRequest(), 1);
  gate.open();
  expect(await pending).toMatchObject({ thoughts: "One. Two.", text: "Three", usage: { thoughtsTokenCount: 11 } });
});

describe("refused as Gemini refuses it", () => {
  it.each([
    ["gemini-3.7-flash", { thinkingLevel: "MINIMAL" }, "Thinking level MINIMAL is not supported for this model."],
    ["gemini-2.5-flash", { thinkingLevel: "LOW" }, "Thinking level is not supported for this model."],
    ["gemini-3.8-flash", { thinkingLevel: "LOW", thinkingBudget: 9 }, "only one of thinking budget and thinking level"],
    [
      "gemini-3.8-flash",
      { thinkingLevel: "DEEP" },
      "Invalid value at 'generation_config.thinking_config.thinking_level'",
    ],
    ["gemini-3.8-flash", { think: true }, "Unknown name \"think\" at 'generation_config.thinking_config'"],
  ])("%s with %j", async (model, thinkingConfig, words) => {
    const body = { contents: [{ role: "user", parts: [{ text: "Hello" }] }], generationConfig: { thinkingConfig } };
    const response = await fetch(`${fake.url}/v1beta/models/${model}:streamGenerateContent?alt=sse&key=k`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: object }).error).toMatchObject({
      status: "INVALID_ARGUMENT",
      message: expect.stringContaining(words) as unknown,
    });
  });
});
