import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startEndlessError, startRedirect, startStallingError } from "../../../test/_support/failing-servers.ts";
import { createGate, type Script } from "../../../tools/fakes/gemini/script.ts";
import { startFakeGemini, type FakeGemini } from "../../../tools/fakes/gemini/fake-gemini.ts";
import { createGeminiModel, type GeminiConfig, type GeminiOptions } from "./gemini.ts";
import { ModelError } from "./model.ts";

/** Every fault of Gemini and the network, through the real SDK and real sockets; gemini-key.test.ts has the key's. */

/** Long enough to connect on a busy machine: a request that never came closes nothing. */
const SHORT_MS = 600;

let fake: FakeGemini;
const warn = vi.fn<GeminiConfig["logger"]["warn"]>();
beforeAll(async () => {
  fake = await startFakeGemini({ chunkDelayMs: 0, apiKey: "the-right-key" });
});
afterEach(() => {
  fake.reset();
  warn.mockReset();
});
afterAll(() => fake.close());

type Setting = {
  prompt?: string;
  config?: Partial<GeminiConfig>;
  options?: GeminiOptions;
  model?: string;
  onText?: () => void;
};

/** Asks, and returns the fault with the text that came before it. */
async function failure(script: Script, setting: Setting = {}): Promise<{ error: ModelError; text: string }> {
  if (script.length > 0) fake.enqueue(script);
  const config = { apiKey: "the-right-key", baseUrl: fake.url, logger: { warn }, ...setting.config };
  const chunks = createGeminiModel(config, setting.options).stream({
    model: setting.model ?? "gemini-3.5-flash-lite",
    turns: [{ role: "user", text: setting.prompt ?? "Hello" }],
    signal: new AbortController().signal,
  });
  let text = "";
  try {
    for await (const chunk of chunks) {
      text += chunk.text;
      setting.onText?.();
    }
  } catch (error) {
    if (error instanceof ModelError) return { error, text };
    throw error;
  }
  throw new Error(`the reply did not fail: ${text}`);
}

describe("an error answer", () => {
  it.each([
    ["7s", 7_000],
    ["0.25s", 250],
    ["36.429760048s", 36_430],
  ])("429 with the delay %s is retryable after %i ms", async (retryDelay, retryAfter) => {
    const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay }];
    const body = { error: { code: 429, message: "Quota exceeded.", status: "RESOURCE_EXHAUSTED", details } };
    const { error } = await failure([{ status: 429, body }]);
    expect(error).toMatchObject({ code: "MODEL_RATE_LIMITED", retryable: true, retryAfter });
  });

  it("is understood whether it comes labelled as JSON or, as Gemini does it, as an event stream", async () => {
    for (const contentType of ["application/json; charset=UTF-8", "text/event-stream"]) {
      const { error } = await failure([{ status: 429, retryAfter: 2, contentType }]);
      expect(error).toMatchObject({ code: "MODEL_RATE_LIMITED", retryAfter: 2_000 });
    }
  });

  it("may say when to come back in its header, in seconds or as a date", async () => {
    const { error } = await failure([{ status: 429, retryAfterHeader: "11" }]);
    expect(error.retryAfter).toBe(11_000);
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
    const { error: dated } = await failure([{ status: 503, retryAfterHeader: inAnHour }]);
    expect(dated.retryAfter).toBeGreaterThan(3_500_000);
    expect(dated.retryAfter).toBeLessThanOrEqual(3_600_000);
    const { error: body } = await failure([{ status: 429, retryAfter: 3, retryAfterHeader: "11" }]);
    expect(body.retryAfter).toBe(3_000);
    const { error: nonsense } = await failure([{ status: 429, retryAfterHeader: "soon" }]);
    expect(nonsense).toMatchObject({ code: "MODEL_RATE_LIMITED", retryAfter: undefined });
  });

  it.each([408, 500, 502, 503, 504])("%i is retryable: the model is unavailable", async (status) => {
    const { error } = await failure([{ status }]);
    expect(error).toMatchObject({ code: "MODEL_UNAVAILABLE", retryable: true, retryAfter: undefined });
  });

  it.each([400, 404, 409, 413])("%i is not retryable: the request is rejected", async (status) => {
    const { error } = await failure([{ status, retryAfter: 5 }]);
    expect(error).toMatchObject({ code: "MODEL_REJECTED", retryable: false, retryAfter: undefined });
  });

  it.each([
    [400, "The input token count (1192301) exceeds the maximum number of tokens allowed (1048576)."],
    [400, "Input token count exceeds the limit of this model."],
    [413, "Request payload size exceeds the limit: 20971520 bytes."],
  ])("%i is for the length: %s", async (status, message) => {
    const { error } = await failure([{ status, message }]);
    expect(error).toMatchObject({ code: "MODEL_TOO_LONG", retryable: false });
  });

  it.each([
    ["401", { status: 401 }],
    ["403", { status: 403 }],
    ["400 for an invalid key", { invalidKey: true }],
  ] as const)("%s is not retryable: the key is refused", async (_, step) => {
    const { error } = await failure([step]);
    expect(error).toMatchObject({ code: "MODEL_UNAUTHORIZED", retryable: false });
    expect(error.message).not.toContain("GEMINI");
    expect((error.cause as Error).message).toContain("GEMINI_API_KEY");
  });

  it("goes by its status when its body says nothing, or is not what it claims to be", async () => {
    const page = await failure([{ status: 502, body: "<html>Bad Gateway</html>", contentType: "text/html" }]);
    expect(page.error.code).toBe("MODEL_UNAVAILABLE");
    const broken = await failure([{ status: 429, body: "{ no JSON", contentType: "application/json" }]);
    expect(broken.error.code).toBe("MODEL_RATE_LIMITED");
    const empty = await failure([{ status: 403, body: "", contentType: "application/json" }]);
    expect(empty.error.code).toBe("MODEL_UNAUTHORIZED");
  });

  it("is not read beyond its beginning", async () => {
    const { url, closed } = await startEndlessError();
    const { error } = await failure([], { config: { baseUrl: url } });
    expect(error).toMatchObject({ code: "MODEL_UNAVAILABLE", retryable: true });
    expect(inspect(error.cause).length).toBeLessThan(2_000);
    await closed;
  });

  it("may come in mid-stream", async () => {
    const overloaded = await failure([{ text: "Some text" }, { status: 503 }]);
    expect(overloaded.text).toBe("Some text");
    expect(overloaded.error).toMatchObject({ code: "MODEL_UNAVAILABLE", retryable: true });
    const limited = await failure([{ text: "Some text" }, { status: 429, retryAfter: 4 }]);
    expect(limited.error).toMatchObject({ code: "MODEL_RATE_LIMITED", retryAfter: 4_000 });
  });

  it.each(["list", "text", "status", "words"])(
    "in mid-stream is what its HTTP status would be: as %s",
    async (shape) => {
      for (const status of [400, 403, 429, 500, 503]) {
        const http = await failure([], { prompt: `[[fake: ${status}]]` });
        const event = await failure([], { prompt: `[[fake: ${status} after=2 shape=${shape}]]` });
        const { code, retryable, message } = http.error;
        expect(event.error).toMatchObject({ code, retryable, message });
        expect(event.text).not.toBe("");
      }
      const { error } = await failure([], { prompt: `[[fake: 429 after=2 retry-after=3 shape=${shape}]]` });
      expect(error.retryAfter).toBe(shape === "words" ? undefined : 3_000);
    },
  );

  it("is asked for once only: retrying is the queue's", async () => {
    const tokened = { candidates: [{ content: { parts: [{ text: "a" }] }, continuationToken: "dG9rZW4=" }] };
    await failure([{ status: 503 }]);
    await failure([{ status: 429 }]);
    await failure([{ cut: true }]);
    await failure([{ raw: `data: ${JSON.stringify(tokened)}\r\n\r\n` }, { cut: true }]);
    expect(fake.requests).toHaveLength(4);
  });
});

describe("the network", () => {
  it("refusing a connection is retryable: the model is unavailable", async () => {
    const gone = await startFakeGemini();
    await gone.close();
    const { error } = await failure([], { config: { baseUrl: gone.url } });
    expect(error).toMatchObject({ code: "MODEL_UNAVAILABLE", retryable: true });
    expect(inspect(error.cause)).toContain("ECONNREFUSED");
  });

  it("breaking before an answer is retryable: the model is unavailable", async () => {
    const { error } = await failure([{ cut: true }]);
    expect(error).toMatchObject({ code: "MODEL_UNAVAILABLE", retryable: true });
  });

  it("breaking in mid-stream is retryable: the stream is cut", async () => {
    // What has come, but was not read yet, is lost with the connection; hence the gate.
    const gate = createGate();
    const { error, text } = await failure([{ text: "Half a sen" }, { waitFor: gate }, { cut: true }], {
      onText: gate.open,
    });
    expect(text).toBe("Half a sen");
    expect(error).toMatchObject({ code: "MODEL_STREAM_CUT", retryable: true });
  });

  it("redirecting is refused, or the key would go along", async () => {
    const redirecting = await startRedirect(`${fake.url}/v1beta/models/gemini-3.5-flash-lite:streamGenerateContent`);
    const { error } = await failure([], { config: { baseUrl: redirecting.url } });
    redirecting.close();
    expect(error).toMatchObject({ code: "MODEL_REJECTED", retryable: false });
    expect(fake.requests).toHaveLength(0);
  });
});

describe("a stream", () => {
  it("that ends without a finish reason is cut", async () => {
    const { error, text } = await failure([{ text: "Half a sen" }, { end: true }]);
    expect(text).toBe("Half a sen");
    expect(error).toMatchObject({ code: "MODEL_STREAM_CUT", retryable: true });
    const { error: unspecified } = await failure([{ text: "Half" }, { finish: "FINISH_REASON_UNSPECIFIED" }]);
    expect(unspecified.code).toBe("MODEL_STREAM_CUT");
  });

  it.each([
    ["nothing at all", [{ end: true }]],
    ["half an event", [{ text: "Half" }, { raw: 'data: {"candidates": [' }, { end: true }]],
    ["an event that is no JSON", [{ text: "Half" }, { raw: "data: secret words\r\n\r\n" }, { end: true }]],
  ] as const)("of %s is cut", async (_, script) => {
    const { error } = await failure(script);
    expect(error).toMatchObject({ code: "MODEL_STREAM_CUT", retryable: true });
    expect(inspect(error) + inspect(warn.mock.calls)).not.toContain("secret");
  });

  it("with an event that is too large is given up, and is not asked for again", async () => {
    const event = `data: ${"x".repeat(9 * 1024 * 1024)}`;
    const { error, text } = await failure([{ text: "Half a sen" }, { raw: event }, { stall: true }]);
    expect(text).toBe("Half a sen");
    expect(error).toMatchObject({ code: "MODEL_UNREADABLE", retryable: false });
    await fake.whenAborted(await fake.nextRequest());
  });

  it("that goes wrong while its connection is open closes it", async () => {
    const event = (payload: string): Script => [{ raw: `data: ${payload}\r\n\r\n` }, { stall: true }];
    for (const script of [
      event("no JSON"),
      event('{"error": {"code": 503, "message": "", "status": "UNAVAILABLE"}}'),
    ]) {
      const { error } = await failure(script);
      expect(error.retryable).toBe(true);
      await fake.whenAborted(await fake.nextRequest());
    }
  });

  it.each([
    ["no part", [{ empty: true }]],
    ["no text", [{ finish: "STOP" }]],
    ["nothing but blanks", [{ text: " \n" }]],
    ["nothing that a reader sees", [{ text: "\u200B\u2800\u3164" }]],
    ["nothing but thoughts", [{ text: "Hm.", thought: true }]],
    ["nothing, for a reason that blocks nothing", [{ finish: "MALFORMED_FUNCTION_CALL" }]],
    ["nothing, and the limit reached", [{ finish: "MAX_TOKENS" }]],
  ] as const)("with %s is empty, and final", async (_, script) => {
    const { error } = await failure(script);
    expect(error).toMatchObject({ code: "MODEL_EMPTY", retryable: false });
  });

  it.each([
    ["before the answer", [{ stall: true }]],
    ["after the headers", [{ raw: ": wait\r\n\r\n" }, { stall: true }]],
  ] as const)("silent %s for longer than the first limit times out and is closed", async (_, script) => {
    const { error } = await failure(script, { options: { firstChunkTimeoutMs: SHORT_MS, idleTimeoutMs: 60_000 } });
    expect(error).toMatchObject({ code: "MODEL_TIMEOUT", retryable: true });
    await fake.whenAborted(await fake.nextRequest());
  });

  it("that shows life, by comments or thoughts, is not silent", async () => {
    const limits = { firstChunkTimeoutMs: 2_000, idleTimeoutMs: 2_000 };
    const comment = [{ delayMs: 500 }, { raw: ": keep-alive\r\n\r\n" }] as const;
    const thought = [{ delayMs: 500 }, { text: "Hm.", thought: true }] as const;
    const script: Script = [...comment, ...thought, ...comment, ...comment, ...comment, { text: "There." }];
    fake.enqueue([...script, ...comment, ...comment, ...comment, ...comment, ...comment, { text: " Done." }]);
    let text = "";
    const config = { apiKey: "the-right-key", baseUrl: fake.url, logger: { warn } };
    const chunks = createGeminiModel(config, limits).stream({
      model: "gemini-3.5-flash-lite",
      turns: [{ role: "user", text: "Hello" }],
      signal: new AbortController().signal,
    });
    for await (const chunk of chunks) text += chunk.text;
    expect(text).toBe("There. Done.");
  });

  it("silent within an error's body times out and is closed, too", async () => {
    const { url, closed } = await startStallingError();
    const options = { firstChunkTimeoutMs: SHORT_MS };
    const { error } = await failure([], { options, config: { baseUrl: url } });
    expect(error).toMatchObject({ code: "MODEL_TIMEOUT", retryable: true });
    await closed;
  });

  it("silent in mid-reply for longer than the other limit times out and is closed", async () => {
    const options = { firstChunkTimeoutMs: 60_000, idleTimeoutMs: SHORT_MS };
    const { error, text } = await failure([{ text: "Half a sen" }, { stall: true }], { options });
    expect(text).toBe("Half a sen");
    expect(error).toMatchObject({ code: "MODEL_TIMEOUT", retryable: true });
    await fake.whenAborted(await fake.nextRequest());
  });
});

it("refuses a model's name that would lead elsewhere without asking", async () => {
  const { error } = await failure([], { model: "../../secrets" });
  expect(error).toMatchObject({ code: "MODEL_REJECTED", retryable: false });
  expect(fake.requests).toHaveLength(0);
});
