import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { GoogleGenAI } from "@google/genai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { fakeReply } from "./answers.ts";
import { preciseNow } from "./record.ts";
import { createGate } from "./script.ts";
import { numberedChunks, numberedText, wordGroups } from "./text.ts";
import { startFakeGemini, type FakeGemini } from "./fake-gemini.ts";

/** The fake as the real SDK sees it, and as a test steers it. */

const MODEL = "gemini-3.5-flash-lite";

let fake: FakeGemini;
let ai: GoogleGenAI;
beforeAll(async () => {
  fake = await startFakeGemini({ chunkDelayMs: 0 });
  ai = connect(fake.url);
});
afterEach(() => fake.reset());
afterAll(() => fake.close());

function connect(baseUrl: string, apiKey = "any-key"): GoogleGenAI {
  return new GoogleGenAI({ apiKey, vertexai: false, httpOptions: { baseUrl } });
}

async function chat(contents: string | string[], abortSignal?: AbortSignal) {
  const config = abortSignal ? { abortSignal } : {};
  const turns = [contents].flat().map((text, at) => ({ role: at % 2 === 0 ? "user" : "model", parts: [{ text }] }));
  const chunks = [];
  for await (const chunk of await ai.models.generateContentStream({ model: MODEL, contents: turns, config })) {
    chunks.push(chunk);
  }
  return { text: chunks.map((chunk) => chunk.text ?? "").join(""), chunks };
}

describe("the usual reply", () => {
  it.each(["Hello!", "Write a haiku", "Tell me a joke", "Give me a plan", "Some code", "Translate it", "What is π?"])(
    "to %j says who speaks, quotes the question and is 60 to 120 words long",
    async (prompt) => {
      const { text, chunks } = await chat(prompt);
      expect(text).toBe(fakeReply({ prompt }));
      expect(text.split("\n")[0]).toBe(`I am Colloquy's local fake for Gemini, and you asked me: “${prompt}”.`);
      const words = text.trim().split(/\s+/).length;
      expect(words).toBeGreaterThanOrEqual(60);
      expect(words).toBeLessThanOrEqual(120);
      expect(chunks.length).toBeGreaterThan(10);
    },
  );

  it("is shaped like Gemini's own", async () => {
    const { chunks } = await chat("Hello");
    const [first, last] = [chunks[0], chunks.at(-1)];
    expect(first?.candidates?.[0]).toMatchObject({ content: { role: "model", parts: [{}] }, index: 0 });
    expect(first?.candidates?.[0]?.finishReason).toBeUndefined();
    expect(last?.candidates?.[0]?.finishReason).toBe("STOP");
    const { promptTokenCount = 0, candidatesTokenCount = 0, totalTokenCount } = last?.usageMetadata ?? {};
    expect(promptTokenCount).toBe(2);
    expect(candidatesTokenCount).toBeGreaterThan(60);
    expect(totalTokenCount).toBe(promptTokenCount + candidatesTokenCount);
    expect(new Set(chunks.map(({ responseId }) => responseId)).size).toBe(1);
    expect(first).toMatchObject({ modelVersion: MODEL, responseId: expect.stringMatching(/^[\w-]{20,}$/) as unknown });
  });

  it("knows of the turns before, and quotes a long question in part", async () => {
    const long = "😀".repeat(500);
    const { text } = await chat(["One", "Two", long]);
    expect(text).toContain("I can see 2 earlier turns");
    expect(text).toContain(`${"😀".repeat(117)}…`);
  });
});

describe("a directive in the prompt", () => {
  it("asks for numbered words that can be computed again", async () => {
    const { text, chunks } = await chat("Go on. [[fake: chunks=30 size=11 delay=0]]");
    expect(text).toBe(numberedText({ chunks: 30, size: 11 }));
    expect(chunks.slice(0, -1).every((chunk) => chunk.text?.length === 11)).toBe(true);
    expect(fakeReply({ prompt: "[[fake: chunks=30 size=11]]" })).toBe(text);
  });

  it("makes a fault strike so many times for one conversation, then lets the reply succeed", async () => {
    const prompt = "Hello [[fake: 429 retry-after=2 times=2]] [[fake: 503 times=1]]";
    await expect(chat(prompt)).rejects.toThrow(/"retryDelay\\": \\"2s\\"/);
    await expect(chat(["Another", "talk", prompt])).rejects.toMatchObject({ status: 429 });
    await expect(chat(prompt)).rejects.toMatchObject({ status: 429 });
    await expect(chat(prompt)).rejects.toMatchObject({ status: 503 });
    expect((await chat(prompt)).text).toBe(fakeReply({ prompt: "Hello" }));
  });

  it("cuts the connection after so many chunks", async () => {
    await expect(chat("[[fake: cut after=5]]")).rejects.toThrow("terminated");
    expect(fake.requests[0]).toMatchObject({ chunksSent: 5, finished: false, aborted: false });
  });

  it("stalls after so many chunks until the client leaves", async () => {
    const controller = new AbortController();
    const pending = chat("[[fake: stall after=2]]", controller.signal).catch(() => "aborted");
    const record = await fake.whenSent(await fake.nextRequest(), 2);
    controller.abort();
    expect(await pending).toBe("aborted");
    expect(await fake.whenAborted(record)).toMatchObject({ chunksSent: 2, finished: false, aborted: true });
  });

  it.each([
    ["safety", "SAFETY", 0],
    ["max-tokens", "MAX_TOKENS", 5],
    ["finish=RECITATION after=2", "RECITATION", 2],
    ["end", undefined, 3],
    ["empty", "STOP", 0],
  ])("ends the reply: %s", async (words, reason, sent) => {
    const { chunks } = await chat(`Hello [[fake: ${words}]]`);
    expect(chunks.at(-1)?.candidates?.[0]?.finishReason).toBe(reason);
    expect(fake.requests[0]?.chunksSent).toBe(sent);
  });

  it("sends what is no text, and counts that are none", async () => {
    const image = await chat("[[fake: part=image after=0]]");
    expect(image.chunks[0]?.candidates?.[0]?.content?.parts).toMatchObject([{ inlineData: { mimeType: "image/png" } }]);
    expect((await chat("[[fake: nul]]")).text).toBe("before\0after");
    const counted = await chat("[[fake: counts=-4]]");
    expect(counted.chunks.at(-1)?.usageMetadata).toMatchObject({ promptTokenCount: -4, candidatesTokenCount: -4 });
  });

  it("writes the same events in another way", async () => {
    const ways = await chat("Hello [[fake: wire=lf,pieces]]");
    expect(ways.text).toBe(fakeReply({ prompt: "Hello" }));
  });

  it("refuses the prompt", async () => {
    const { chunks } = await chat("[[fake: block=BLOCKLIST]]");
    expect(chunks).toHaveLength(1);
    expect(chunks[0]).toMatchObject({ promptFeedback: { blockReason: "BLOCKLIST" } });
    expect(chunks[0]?.candidates).toBeUndefined();
  });

  it.each([
    "429s",
    "wire=tar",
    "part=leg",
    "429 shape=pear",
    "cut stall",
    "after=2",
    "cut after=x",
    "chunks=0",
    "chunks=100000 size=1000",
  ])("that cannot be read is an error: %s", async (words) => {
    await expect(chat(`[[fake: ${words}]]`)).rejects.toMatchObject({ status: 400 });
  });
});

describe("a test's script", () => {
  it("is used for the next prompt that matches, as often as asked for, before anything else", async () => {
    fake.onPrompt(/dogs?/, [{ text: "Woof" }], { times: 2 });
    fake.onPrompt("cat", [{ text: "Meow" }]);
    fake.enqueue([{ text: "Whatever" }]);
    const heard = [];
    for (const prompt of ["a cat", "a dog", "a bird", "dogs", "a cat"]) heard.push((await chat(prompt)).text);
    expect(heard.slice(0, 4)).toEqual(["Meow", "Woof", "Whatever", "Woof"]);
    expect(heard[4]).toContain("fake");
  });

  it("waits at a gate, and shows when each chunk went out", async () => {
    const gate = createGate();
    fake.enqueue([{ text: "one" }, { waitFor: gate }, { text: "two" }]);
    const before = preciseNow();
    const pending = chat("Hello");
    const record = await fake.whenSent(await fake.nextRequest(), 1);
    const opened = preciseNow();
    gate.open();
    await pending;
    await fake.whenFinished(record);
    const [first = 0, second = 0] = record.chunkTimes;
    expect([before, record.startedAt, first, opened, second, record.endedAt]).toEqual(
      [before, record.startedAt, first, opened, second, record.endedAt ?? 0].toSorted((a, b) => a - b),
    );
  });

  it("can be waited for wrongly, and then says so", async () => {
    await chat("Hello");
    const record = await fake.nextRequest();
    await fake.whenFinished(record);
    await expect(fake.whenAborted(record)).rejects.toThrow("nobody aborted it");
  });

  it("answers a request that is not streamed, too", async () => {
    fake.enqueue([{ text: "one " }, { text: "two" }, { finish: "MAX_TOKENS" }]);
    fake.enqueue([{ blockPrompt: "SAFETY" }]);
    fake.enqueue([{ status: 503 }]);
    const ask = () => ai.models.generateContent({ model: MODEL, contents: "Hello" });
    const reply = await ask();
    expect(reply.text).toBe("one two");
    expect(reply.candidates?.[0]?.finishReason).toBe("MAX_TOKENS");
    expect((await ask()).promptFeedback?.blockReason).toBe("SAFETY");
    await expect(ask()).rejects.toMatchObject({ status: 503 });
  });
});

describe("the rest of the API", () => {
  it("lists models, describes one and counts tokens", async () => {
    const names = [];
    for await (const { name } of await ai.models.list()) names.push(name);
    expect(names).toContain(`models/${MODEL}`);
    expect((await ai.models.get({ model: MODEL })).inputTokenLimit).toBe(1_048_576);
    expect((await ai.models.countTokens({ model: MODEL, contents: "12345678" })).totalTokens).toBe(2);
  });

  it("refuses what Gemini refuses: an unknown model, an empty turn, no turn, no key, another key", async () => {
    const unknown = ai.models.generateContent({ model: "gpt-4", contents: "Hello" });
    await expect(unknown).rejects.toMatchObject({ status: 404 });
    const empty = ai.models.generateContent({ model: MODEL, contents: [{ role: "user", parts: [{ text: "" }] }] });
    await expect(empty).rejects.toThrow("required oneof field 'data'");
    const post = { method: "POST", body: "{}" };
    const path = `${fake.url}/v1beta/models/${MODEL}:generateContent`;
    expect((await fetch(path, post)).status).toBe(403);
    expect((await fetch(`${path}?key=k`, post)).status).toBe(400);

    const strict = await startFakeGemini({ apiKey: "right" });
    try {
      const ask = (key: string) => connect(strict.url, key).models.generateContent({ model: MODEL, contents: "Hello" });
      await expect(ask("wrong")).rejects.toThrow("API_KEY_INVALID");
      expect((await ask("right")).text).toContain("fake");
    } finally {
      await strict.close();
    }
  });
});

describe("run by itself", () => {
  it("prints its address, shows its requests, and stops on SIGTERM in mid-stream", async () => {
    const script = fileURLToPath(new URL("fake-gemini.ts", import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", script, "--port", "0"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(child, "exit");
    try {
      const [line] = (await once(createInterface(child.stdout), "line")) as [string];
      const url = /http:\S+/.exec(line)?.[0] ?? "";
      const stream = await connect(url).models.generateContentStream({
        model: MODEL,
        contents: "[[fake: stall after=1]]",
      });
      await stream.next();
      const shown = (await (await fetch(`${url}/fake/requests`)).json()) as unknown;
      expect(shown).toMatchObject([{ model: MODEL, chunksSent: 1, finished: false }]);
      child.kill("SIGTERM");
      await expect(stream.next()).rejects.toThrow("terminated");
      expect(await exited).toEqual([0, null]);
    } finally {
      child.kill("SIGKILL");
    }
  });
});

describe("texts", () => {
  it("in groups of words are the text again", () => {
    for (const text of ["", "one", "  one two\n\nthree four  five ", fakeReply({ prompt: "story" })]) {
      expect(wordGroups(text).join("")).toBe(text);
    }
  });

  it("of numbered words have exactly the size asked for, and begin the same whatever their length", () => {
    const chunks = numberedChunks({ chunks: 500, size: 13 });
    expect(chunks).toHaveLength(500);
    expect(new Set(chunks.map(({ length }) => length))).toEqual(new Set([13]));
    expect(numberedText({ chunks: 1_000, size: 13 }).startsWith(chunks.join(""))).toBe(true);
    expect(numberedText({ chunks: 3, size: 8 })).toBe("1-birch 2-cloud 3-delta ");
  });
});
