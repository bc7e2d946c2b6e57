import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { fakeReply } from "../../../tools/fakes/gemini/answers.ts";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import { WIRES } from "../../../tools/fakes/gemini/wire.ts";
import { numberedText } from "../../../tools/fakes/gemini/text.ts";
import { startFakeGemini, type FakeGemini } from "../../../tools/fakes/gemini/fake-gemini.ts";
import { createGeminiModel, type GeminiOptions } from "./gemini.ts";
import type { ChatModel, GenerateRequest, ModelChunk, TokenCounts } from "./model.ts";

/** What a reply is, and why it ends; gemini-ending.test.ts has the ways to end it early, gemini-errors.test.ts the faults. */

let fake: FakeGemini;
beforeAll(async () => {
  fake = await startFakeGemini({ chunkDelayMs: 0, apiKey: "the-right-key" });
});
afterEach(() => {
  fake.reset();
  vi.unstubAllEnvs();
});
afterAll(() => fake.close());

/** For limits that a test waits out; on a busy machine what comes before them must come in time. */
const SHORT_MS = 600;

function model(options: GeminiOptions = {}): ChatModel {
  return createGeminiModel({ apiKey: "the-right-key", baseUrl: fake.url, logger: { warn: () => {} } }, options);
}

function ask(text: string, more: Partial<GenerateRequest> = {}): GenerateRequest {
  return {
    model: "gemini-3.5-flash-lite",
    turns: [{ role: "user", text }],
    signal: new AbortController().signal,
    ...more,
  };
}

async function collect(chunks: AsyncIterable<ModelChunk>): Promise<{ text: string; chunks: ModelChunk[] }> {
  const all: ModelChunk[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return { text: all.map(({ text }) => text).join(""), chunks: all };
}

function iterate(chunks: AsyncIterable<ModelChunk>): AsyncIterator<ModelChunk> {
  return chunks[Symbol.asyncIterator]();
}

describe("a reply", () => {
  it("is the provider's text in its chunks, and ends with the finish and the last token counts", async () => {
    fake.enqueue([
      { text: "Guten " },
      { text: "Tag 👋", usage: { promptTokenCount: 7, candidatesTokenCount: 3 } },
      { finish: "STOP", usage: { promptTokenCount: 7, candidatesTokenCount: 5, totalTokenCount: 12 } },
    ]);
    const counts: TokenCounts[] = [];
    const onCounts = (more: TokenCounts) => void counts.push(more);
    const { chunks } = await collect(model().stream(ask("Hello", { onCounts })));
    expect(chunks.map(({ text }) => text)).toEqual(["Guten ", "Tag 👋", ""]);
    expect(chunks.map(({ finish }) => finish)).toEqual([undefined, undefined, { reason: "STOP", outcome: "complete" }]);
    expect(counts[1]).toMatchObject({ promptTokens: 7, replyTokens: 3 });
    expect(chunks[2]).toMatchObject({ promptTokens: 7, replyTokens: 5 });
  });

  it("hands on each chunk before the next one exists", async () => {
    const gate = createGate();
    fake.enqueue([{ text: "first" }, { waitFor: gate }, { text: "second" }]);
    const chunks = iterate(model().stream(ask("Hello")));
    expect(await chunks.next()).toMatchObject({ value: { text: "first" } });
    expect(fake.requests[0]?.chunksSent).toBe(1);
    gate.open();
    expect(await chunks.next()).toMatchObject({ value: { text: "second" } });
    expect(await chunks.next()).toMatchObject({ value: { finish: { reason: "STOP" } } });
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
  });

  it("is exact to the code unit, also where a chunk ends within a surrogate pair", async () => {
    const { text } = await collect(model().stream(ask("[[fake: chunks=40 size=7 delay=0 unicode]]")));
    expect(text).toBe(numberedText({ chunks: 40, size: 7, unicode: true }));
    expect((await collect(model().stream(ask("Write a haiku")))).text).toBe(fakeReply({ prompt: "Write a haiku" }));
  });

  it("is asked for with the room's prompt, both sides' turns and the limit, and without empty turns", async () => {
    const turns = [
      { role: "user", text: "One" },
      { role: "assistant", text: "Two" },
      { role: "user", text: "Three" },
      { role: "assistant", text: "" },
      { role: "user", text: "Four" },
    ] as const;
    const request = ask("", { model: "gemini-3.8-flash", systemPrompt: "Be kind.", turns });
    await collect(model().stream({ ...request, settings: { maxReplyTokens: 99 } }));
    expect(fake.requests[0]).toMatchObject({
      model: "gemini-3.8-flash",
      method: "streamGenerateContent",
      body: {
        contents: [
          { role: "user", parts: [{ text: "One" }] },
          { role: "model", parts: [{ text: "Two" }] },
          { role: "user", parts: [{ text: "Three" }] },
          { role: "user", parts: [{ text: "Four" }] },
        ],
        systemInstruction: { parts: [{ text: "Be kind." }] },
        generationConfig: { maxOutputTokens: 99 },
      },
    });
  });

  it.each([...WIRES, "cr,comments,fields", "lines,mixed,comments,bom", "lines,fields,lf,pieces"])(
    "is the same however its events are written: %s",
    async (wire) => {
      const { text, chunks } = await collect(model().stream(ask(`[[fake: chunks=9 size=7 unicode wire=${wire}]]`)));
      expect(text).toBe(numberedText({ chunks: 9, size: 7, unicode: true }));
      expect(chunks.at(-1)).toMatchObject({ finish: { reason: "STOP", outcome: "complete" } });
    },
  );

  it("has a note where something is not text, and is complete with nothing else", async () => {
    const read = async (words: string) => (await collect(model().stream(ask(`Hi [[fake: ${words}]]`)))).text;
    expect(await read("chunks=1 size=5]] [[fake: part=image")).toBe("1-bir\n\n[image/png left out]");
    expect(await read("part=image after=0")).toBe("[image/png left out]");
    expect(await read("part=code after=0")).toBe("[code left out]");
    expect(await read("part=result after=0")).toBe("[result of code left out]");
    expect(await read("part=call after=0")).toBe("[function call left out]");
    expect(await read("part=file after=0")).toBe("[video/mp4 left out]");
  });

  it("can be stored, whatever comes", async () => {
    const last = async (words: string) => (await collect(model().stream(ask(`Hi [[fake: ${words}]]`)))).chunks.at(-1);
    const { text } = await collect(model().stream(ask("[[fake: surrogates]]")));
    expect(text).toBe("\uFFFD alone, 😀, \uFFFD");
    expect((await collect(model().stream(ask("[[fake: nul]]")))).text).toBe("before\uFFFDafter");
    for (const count of ["3e9", "1.5", "-4", "NaN", "many"]) {
      const { promptTokens, replyTokens } = (await last(`counts=${count}`)) ?? {};
      // What the chunks before have said.
      expect([promptTokens, replyTokens]).toEqual([expect.any(Number), expect.any(Number)]);
    }
    expect(await last("counts=12")).toMatchObject({ promptTokens: 12, replyTokens: 12 });
    fake.enqueue([{ text: "Hi" }, { finish: `ODD\0${"x".repeat(100)}` }]);
    expect((await last(""))?.finish?.reason).toBe(`ODD\uFFFD${"x".repeat(60)}`);
  });

  it("keeps a surrogate pair together that comes in two events, also around a thought", async () => {
    fake.enqueue([{ text: "a\ud83d" }, { text: "Hm.", thought: true }, { text: "" }, { text: "\ude00b" }]);
    const { chunks } = await collect(model().stream(ask("Hi")));
    expect(chunks.map(({ text }) => text).filter((text) => text !== "")).toEqual(["a", "😀b"]);
  });

  it("has the model's thoughts apart from its text", async () => {
    fake.enqueue([{ text: "They greet me.", thought: true }, { text: "Hello!" }]);
    const { text, chunks } = await collect(model().stream(ask("Hi")));
    expect(text).toBe("Hello!");
    expect(chunks.map(({ thought }) => thought)).toEqual(["They greet me.", undefined, undefined]);
    expect(chunks[1]?.activities).toMatchObject([{ kind: "THOUGHT", at: 0, thoughtStart: 0, thoughtEnd: 14 }]);
  });

  it("that is thoughts alone is empty, and its thoughts come all the same", async () => {
    fake.enqueue([{ text: "Hm.", thought: true }, { finish: "MAX_TOKENS" }]);
    const chunks: ModelChunk[] = [];
    const reading = (async () => {
      for await (const chunk of model().stream(ask("Hi"))) chunks.push(chunk);
    })();
    await expect(reading).rejects.toMatchObject({ code: "MODEL_EMPTY", retryable: false, finishReason: "MAX_TOKENS" });
    expect(chunks).toMatchObject([{ thought: "Hm." }, { activities: [{ kind: "THOUGHT", thoughtEnd: 3 }] }]);
  });

  it.each(["STOP", "MAX_TOKENS", "OTHER", "MALFORMED_FUNCTION_CALL", "A_WORD_OF_NEXT_YEAR"])(
    "is complete with text and %s",
    async (reason) => {
      fake.enqueue([{ text: "Some text" }, { finish: reason }]);
      const { chunks } = await collect(model().stream(ask("Hi")));
      expect(chunks.at(-1)?.finish).toEqual({ reason, outcome: "complete" });
    },
  );

  it.each([
    "SAFETY",
    "RECITATION",
    "PROHIBITED_CONTENT",
    "BLOCKLIST",
    "SPII",
    "LANGUAGE",
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "IMAGE_RECITATION",
  ])("is blocked by %s, with and without text", async (reason) => {
    fake.enqueue([{ text: "Some text" }, { finish: reason }]);
    fake.enqueue([{ finish: reason }]);
    const withText = await collect(model().stream(ask("Hi")));
    expect(withText.text).toBe("Some text");
    expect(withText.chunks.at(-1)?.finish).toEqual({ reason, outcome: "blocked" });
    const without = await collect(model().stream(ask("Hi")));
    expect(without.chunks).toMatchObject([{ text: "", finish: { reason, outcome: "blocked" } }]);
  });

  it.each(["SAFETY", "OTHER", "PROHIBITED_CONTENT"])("is blocked when the prompt is, by %s", async (reason) => {
    fake.enqueue([{ blockPrompt: reason }]);
    const { chunks } = await collect(model().stream(ask("Hello")));
    expect(chunks).toEqual([{ text: "", finish: { reason, outcome: "blocked" }, promptTokens: 2 }]);
  });

  it("goes on after a STOP that is not the last, as older models say it in every chunk", async () => {
    fake.enqueue([
      { finish: "STOP", text: "one " },
      { finish: "STOP", text: "two " },
      { finish: "MAX_TOKENS", text: "three" },
    ]);
    const { text, chunks } = await collect(model().stream(ask("Count")));
    expect(text).toBe("one two three");
    expect(chunks.filter(({ finish }) => finish)).toHaveLength(1);
    expect(chunks.at(-1)?.finish?.reason).toBe("MAX_TOKENS");
  });

  it("is whole when the connection breaks after its last word", async () => {
    const gate = createGate();
    fake.enqueue([{ finish: "STOP", text: "All of it" }, { waitFor: gate }, { cut: true }]);
    const chunks = iterate(model().stream(ask("Hi")));
    expect(await chunks.next()).toMatchObject({ value: { text: "All of it" } });
    gate.open();
    expect(await chunks.next()).toMatchObject({ value: { finish: { reason: "STOP", outcome: "complete" } } });
  });

  it("is whole when the connection stays open after its last word, and closes it after the limit", async () => {
    fake.enqueue([{ text: "All of it" }, { finish: "STOP" }, { stall: true }]);
    const { text, chunks } = await collect(model({ idleTimeoutMs: SHORT_MS }).stream(ask("Hi")));
    expect(text).toBe("All of it");
    expect(chunks.at(-1)?.finish?.reason).toBe("STOP");
    await fake.whenAborted(await fake.nextRequest());
  });

  it("comes from the address and with the key of the settings, whatever the environment says", async () => {
    vi.stubEnv("GOOGLE_API_KEY", "another-key");
    vi.stubEnv("GOOGLE_GENAI_USE_VERTEXAI", "true");
    vi.stubEnv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:1");
    expect((await collect(model().stream(ask("Hello")))).text).toBe(fakeReply({ prompt: "Hello" }));
  });

  it("keeps fifty replies apart", async () => {
    const gemini = model();
    const replies = Array.from({ length: 50 }, async (_, index) => {
      const { text } = await collect(gemini.stream(ask(`[[fake: chunks=20 delay=1 size=${index + 1}]]`)));
      return text === numberedText({ chunks: 20, size: index + 1 });
    });
    expect(await Promise.all(replies)).toEqual(replies.map(() => true));
  });
});
