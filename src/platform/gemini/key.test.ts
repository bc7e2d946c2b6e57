import https from "node:https";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { Script } from "../../../tools/fakes/gemini/script.ts";
import { startFakeGemini, type FakeGemini } from "../../../tools/fakes/gemini/fake-gemini.ts";
import { createGeminiModel, type GeminiConfig } from "./gemini.ts";
import { ModelError } from "./model.ts";

/** Where the API key goes, where it must not go, and what the log says instead. */

const KEY = "AQ.Ab8NobodyMaySeeThisKey-0123456789_ab";

let fake: FakeGemini;
const warn = vi.fn<GeminiConfig["logger"]["warn"]>();
beforeAll(async () => {
  fake = await startFakeGemini({ chunkDelayMs: 0, apiKey: KEY });
});
afterEach(() => {
  fake.reset();
  warn.mockReset();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});
afterAll(() => fake.close());

async function failure(script: Script, config: Partial<GeminiConfig> = {}): Promise<ModelError> {
  if (script.length > 0) fake.enqueue(script);
  const turns = [{ role: "user", text: "Hello" }] as const;
  const { signal } = new AbortController();
  const model = createGeminiModel({ apiKey: KEY, baseUrl: fake.url, logger: { warn }, ...config });
  try {
    for await (const chunk of model.stream({ model: "gemini-3.5-flash-lite", turns, signal })) void chunk;
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  throw new Error("the reply did not fail");
}

describe("the API key", () => {
  it.each([undefined, "", "  "])("missing (%j) is named when a reply is wanted, not before", async (apiKey) => {
    const error = await failure([], { apiKey });
    expect(error).toMatchObject({ code: "MODEL_UNAUTHORIZED", retryable: false });
    expect(error.message).not.toContain("GEMINI");
    expect((error.cause as Error).message).toContain("GEMINI_API_KEY");
    expect(fake.requests).toHaveLength(0);
  });

  it("that no header can carry is named, but not shown", async () => {
    const error = await failure([], { apiKey: "secret\nkey" });
    expect(error.code).toBe("MODEL_UNAUTHORIZED");
    expect(inspect(error) + inspect(warn.mock.calls)).not.toContain("secret");
  });

  it("shows in no error and no log line, though Gemini itself quotes it", async () => {
    const message = `Permission denied: Consumer 'api_key:${KEY}' has been suspended. See also AIzaSyAnotherKey-000000.`;
    for (const script of [
      [{ status: 403, message }],
      [{ status: 503, message, contentType: "application/json" }],
      [{ text: "a" }, { status: 500, message }],
      [{ status: 500, body: message, contentType: "text/plain" }],
    ] satisfies Script[]) {
      const error = await failure(script, { apiKey: `  ${KEY}\n` });
      const seen = inspect({ error, stack: error.stack, logged: warn.mock.calls }, { depth: 10 });
      expect(seen).toContain("has been suspended");
      expect(seen).not.toMatch(/AIza|AQ\.|NobodyMaySee/);
      expect(error.message).not.toContain("suspended");
    }
  });
});

it("goes to Google and nowhere else by default, with the key in no address", async () => {
  vi.stubEnv("GOOGLE_GEMINI_BASE_URL", fake.url);
  const asked = vi.spyOn(https, "request").mockImplementation(() => {
    throw new Error("Nothing goes out.");
  });
  await failure([], { baseUrl: undefined });
  const [address, options] = asked.mock.calls[0] as Parameters<typeof https.request>;
  expect(String(address)).toBe(
    "https://generativelanguage.googleapis.com/v1beta/models/gemini-3.5-flash-lite:streamGenerateContent?alt=sse",
  );
  expect(options.headers).toMatchObject({ "x-goog-api-key": KEY, "accept-encoding": "identity" });
  asked.mockRestore();
});

describe("the log", () => {
  it("has one line for each fault, with what an operator needs", async () => {
    await failure([{ status: 429, retryAfter: 7 }]);
    expect(warn.mock.calls).toHaveLength(1);
    expect(warn.mock.calls[0]?.[0]).toMatchObject({
      model: "gemini-3.5-flash-lite",
      fault: "MODEL_RATE_LIMITED",
      status: 429,
      retryAfter: 7_000,
      detail: expect.stringContaining("exceeded your current quota") as unknown,
    });
  });
});
