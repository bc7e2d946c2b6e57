import { getEventListeners } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import { startFakeGemini, type FakeGemini } from "../../../tools/fakes/gemini/fake-gemini.ts";
import { createGeminiModel, type GeminiOptions } from "./gemini.ts";
import type { ChatModel, GenerateRequest, ModelChunk } from "./model.ts";

/** That a reply which is aborted, left or over closes its connection and leaves nothing behind. */

let fake: FakeGemini;
beforeAll(async () => {
  fake = await startFakeGemini({ chunkDelayMs: 0, apiKey: "the-right-key" });
});
afterEach(() => {
  fake.reset();
  vi.restoreAllMocks();
});
afterAll(() => fake.close());

const UNUSUAL_MS = 54_321; // for limits that a test looks for among all timers

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

async function collect(chunks: AsyncIterable<ModelChunk>): Promise<void> {
  for await (const chunk of chunks) void chunk;
}

function iterate(chunks: AsyncIterable<ModelChunk>): AsyncIterator<ModelChunk> & { leave(): Promise<unknown> } {
  const iterator = chunks[Symbol.asyncIterator]();
  return Object.assign(iterator, { leave: async () => iterator.return?.() });
}

describe("ending a reply early", () => {
  it("closes the connection when it is aborted in mid-stream, and throws the signal's reason", async () => {
    fake.enqueue([{ text: "first" }, { stall: true }]);
    const controller = new AbortController();
    const reason = new Error("somebody pressed stop");
    const chunks = iterate(model().stream(ask("Hi", { signal: controller.signal })));
    await chunks.next();
    const pending = chunks.next();
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await fake.whenAborted(await fake.nextRequest());
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
  });

  it("closes the connection when it is aborted before the answer has begun", async () => {
    fake.enqueue([{ stall: true }]);
    const controller = new AbortController();
    const pending = collect(model().stream(ask("Hi", { signal: controller.signal })));
    const record = await fake.nextRequest();
    controller.abort("stop");
    await expect(pending).rejects.toBe("stop");
    await fake.whenAborted(record);
  });

  it("closes the connection when it is aborted while nobody is reading", async () => {
    fake.enqueue([{ text: "first" }, { stall: true }]);
    const controller = new AbortController();
    const chunks = iterate(model().stream(ask("Hi", { signal: controller.signal })));
    await chunks.next();
    controller.abort("stop");
    await fake.whenAborted(await fake.nextRequest());
    await expect(chunks.next()).rejects.toBe("stop");
  });

  it("hands on nothing after it is aborted, also of what has already come", async () => {
    fake.enqueue([{ raw: sse("first") + sse("second") }, { stall: true }]);
    const controller = new AbortController();
    const chunks = iterate(model().stream(ask("Hi", { signal: controller.signal })));
    expect(await chunks.next()).toMatchObject({ value: { text: "first" } });
    controller.abort("stop");
    await expect(chunks.next()).rejects.toBe("stop");
  });

  it("asks nothing when it is aborted beforehand", async () => {
    const signal = AbortSignal.abort("too late");
    await expect(collect(model().stream(ask("Hi", { signal })))).rejects.toBe("too late");
    expect(fake.requests).toHaveLength(0);
  });

  it("closes the connection when the consumer leaves the loop", async () => {
    fake.enqueue([{ text: "first" }, { stall: true }]);
    for await (const { text } of model().stream(ask("Hi"))) {
      expect(text).toBe("first");
      break;
    }
    await fake.whenAborted(await fake.nextRequest());
  });

  it("closes the connection when the consumer throws", async () => {
    fake.enqueue([{ text: "first" }, { stall: true }]);
    const consume = async (): Promise<void> => {
      for await (const { text } of model().stream(ask("Hi"))) throw new Error(`no more of ${text}`);
    };
    await expect(consume()).rejects.toThrow("no more of first");
    await fake.whenAborted(await fake.nextRequest());
  });

  it.each([
    ["before the answer has begun", [{ stall: true }], 0],
    ["in mid-stream", [{ text: "first" }, { stall: true }], 1],
  ] as const)("closes the connection at return() while a chunk is awaited, %s", async (_, script, read) => {
    fake.enqueue(script);
    const chunks = iterate(model().stream(ask("Hi")));
    for (let count = 0; count < read; count += 1) await chunks.next();
    const pending = chunks.next();
    const record = await fake.nextRequest();
    expect(await chunks.leave()).toEqual({ done: true, value: undefined });
    expect(await pending).toEqual({ done: true, value: undefined });
    await fake.whenAborted(record);
  });

  it("asks nothing when the consumer leaves before the first chunk", async () => {
    const chunks = iterate(model().stream(ask("Hi")));
    expect(await chunks.leave()).toEqual({ done: true, value: undefined });
    expect(await chunks.next()).toEqual({ done: true, value: undefined });
    expect(fake.requests).toHaveLength(0);
  });

  it("leaves a connection usable that was read to its end", async () => {
    const ends = [];
    for (let round = 0; round < 3; round += 1) {
      await collect(model().stream(ask("Hello")));
      ends.push(await fake.whenFinished(await fake.nextRequest()));
    }
    expect(ends).toHaveLength(3);
  });
});

describe("what a reply leaves behind", () => {
  const endings = {
    "it is complete": [{ text: "Hello" }],
    "it fails": [{ text: "Hello" }, { cut: true }],
    "it is refused": [{ status: 503 }],
  } as const;

  it.each(Object.entries(endings))("no listener and no timer when %s", async (_, script) => {
    const timers = watchTimers();
    fake.enqueue(script);
    const { signal } = new AbortController();
    const gemini = model({ idleTimeoutMs: UNUSUAL_MS, firstChunkTimeoutMs: UNUSUAL_MS });
    await collect(gemini.stream(ask("Hi", { signal }))).catch(() => {});
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    expect(timers.started(UNUSUAL_MS)).toBeGreaterThan(0);
    expect(timers.running(UNUSUAL_MS)).toBe(0);
  });

  it("no listener and no timer when it is aborted or left", async () => {
    const timers = watchTimers();
    const gemini = model({ idleTimeoutMs: UNUSUAL_MS, firstChunkTimeoutMs: UNUSUAL_MS });
    for (const end of ["abort", "leave"] as const) {
      fake.enqueue([{ text: "first" }, { stall: true }]);
      const controller = new AbortController();
      const chunks = iterate(gemini.stream(ask("Hi", { signal: controller.signal })));
      await chunks.next();
      const pending = chunks.next().catch(() => {});
      expect(timers.running(UNUSUAL_MS)).toBe(1);
      expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
      await (end === "abort" ? controller.abort() : chunks.leave());
      await pending;
      expect(timers.running(UNUSUAL_MS)).toBe(0);
      expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
    }
  });

  it("no timer while the consumer takes its time: only Gemini's silence counts", async () => {
    const timers = watchTimers();
    const gate = createGate();
    fake.enqueue([{ waitFor: gate }, { text: "first" }, { stall: true }]);
    const chunks = iterate(model({ idleTimeoutMs: UNUSUAL_MS, firstChunkTimeoutMs: UNUSUAL_MS }).stream(ask("Hi")));
    const first = chunks.next();
    await fake.nextRequest();
    expect(timers.running(UNUSUAL_MS)).toBe(1);
    gate.open();
    await first;
    expect(timers.running(UNUSUAL_MS)).toBe(0);
    await chunks.leave();
  });

  it.each([
    ["gemini-3.8-flash", 180_000],
    ["gemini-10-pro", 180_000],
    ["gemini-3.5-flash-lite", 60_000],
    ["gemma-4", 60_000],
  ])("waits for the first text of %s for %i ms, however many thoughts come, by default", async (name, limit) => {
    const timers = watchTimers();
    fake.enqueue([{ text: "Hm", thought: true }, { text: "Well", thought: true }, { text: "Yes." }]);
    await collect(model().stream(ask("Hi", { model: name })));
    expect(timers.started(limit)).toBe(3);
    const told = watchTimers();
    await collect(model({ firstChunkTimeoutMs: UNUSUAL_MS }).stream(ask("Hi", { model: name })));
    expect(told.started(UNUSUAL_MS)).toBe(1);
  });

  it("waits as long when the model thinks again in the middle of its text", async () => {
    const timers = watchTimers();
    fake.enqueue([{ text: "One" }, { text: "Hm", thought: true }, { text: " two" }]);
    await collect(model().stream(ask("Hi", { model: "gemini-3.8-flash" })));
    expect(timers.started(180_000)).toBe(2); // the first text, and what follows the thought
  });

  it("waits a minute for the first chunk and half a minute for each other one, by default", async () => {
    const timers = watchTimers();
    fake.enqueue([{ text: "first" }, { text: "second" }]);
    await collect(model().stream(ask("Hi")));
    expect(timers.started(60_000)).toBe(1);
    expect(timers.started(30_000)).toBe(3); // the second chunk, the one with the finish, the end
  });
});

function sse(text: string): string {
  return `data: ${JSON.stringify({ candidates: [{ content: { parts: [{ text }], role: "model" } }] })}\r\n\r\n`;
}

/** Counts timers by their length. */
function watchTimers() {
  const set = vi.spyOn(globalThis, "setTimeout");
  const clear = vi.spyOn(globalThis, "clearTimeout");
  const handles = (ms: number): unknown[] => {
    const results: { value: unknown }[] = set.mock.results;
    return results.filter((_, call) => set.mock.calls[call]?.[1] === ms).map(({ value }) => value);
  };
  return {
    started: (ms: number) => handles(ms).length,
    running: (ms: number) => {
      const cleared = new Set(clear.mock.calls.map(([handle]) => handle as unknown));
      return handles(ms).filter((handle) => !cleared.has(handle)).length;
    },
  };
}
