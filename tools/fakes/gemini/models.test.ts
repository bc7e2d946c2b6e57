import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createAsk } from "./ask-fake.ts";
import { startFakeGemini, type FakeGemini } from "./fake-gemini.ts";

let fake: FakeGemini;
let { ai, ask } = createAsk("http://unused");
beforeAll(async () => {
  fake = await startFakeGemini({ chunkDelayMs: 0 });
  ({ ai, ask } = createAsk(fake.url));
});
afterEach(() => fake.reset());
afterAll(() => fake.close());

const MODEL = "gemini-3.8-flash";

async function listed(): Promise<string[]> {
  const names = [];
  for await (const { name = "" } of await ai.models.list({ config: { pageSize: 4 } })) names.push(name);
  return names;
}

it("models are listed in pages, with their limits", async () => {
  const page = await ai.models.list({ config: { pageSize: 4 } });
  expect(page.pageLength).toBe(4);
  expect(await listed()).toEqual(expect.arrayContaining([`models/${MODEL}`, "models/gemini-2.5-flash"]));
  expect(await ai.models.get({ model: MODEL })).toMatchObject({
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    thinking: true,
    supportedActions: expect.arrayContaining(["generateContent"]) as unknown,
  });
});

describe("a model can be", () => {
  it("retired, and is then neither listed nor described, nor does it answer", async () => {
    fake.models.set(MODEL, { kind: "retired" });
    await expect(ask("Hello")).rejects.toThrow(`This model models/${MODEL} is no longer available.`);
    await expect(ai.models.get({ model: MODEL })).rejects.toMatchObject({ status: 404 });
    expect(await listed()).not.toContain(`models/${MODEL}`);
    expect((await ask("Hello", { model: "gemini-3.6-flash" })).text).toContain("fake");
    fake.models.restore(MODEL);
    expect((await ask("Hello")).text).toContain("fake");
  });

  it("overloaded for so many requests", async () => {
    fake.models.set(MODEL, { kind: "overloaded", times: 2 });
    await expect(ask("Hello")).rejects.toMatchObject({ status: 503 });
    await expect(ask("Hello")).rejects.toMatchObject({ status: 503 });
    expect((await ask("Hello")).text).toContain("fake");
    expect(fake.requests.map(({ status }) => status)).toEqual([503, 503, 200]);
  });

  it.each([
    ["minute", "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"],
    ["day", "GenerateRequestsPerDayPerProjectPerModel-FreeTier"],
  ] as const)("asked too much in a %s", async (per, quotaId) => {
    fake.models.set(MODEL, { kind: "quota", per, retryAfter: 7 });
    const error = await ask("Hello").catch((fault: unknown) => String(fault));
    expect(error).toContain(quotaId);
    expect(error).toMatch(/retryDelay\D+7s/);
    expect((await ask("Hello", { model: "gemini-3.6-flash" })).text).toContain("fake");
  });

  it("steered from another process, or by the prompt alone", async () => {
    const steer = (query: string) => fetch(`${fake.url}/fake/models/${MODEL}?${query}`, { method: "POST" });
    expect(await (await steer("is=day&times=1")).json()).toMatchObject({ outage: { kind: "quota", per: "day" } });
    await expect(ask("Hello")).rejects.toThrow("PerDay");
    await steer("is=retired");
    await expect(ask("Hello")).rejects.toMatchObject({ status: 404 });
    await steer("is=ok");
    const prompt = "Hello [[fake: outage=minute retry-after=3 times=1]]";
    await expect(ask(prompt)).rejects.toThrow(/model: gemini-3.8-flash.*Please retry in 3s/);
    expect((await ask(prompt)).text).toContain("fake");
  });
});

it("unknown fields anywhere are named as Google names them", async () => {
  const body = {
    contents: [{ role: "user", parts: [{ text: "Hello", thoughts: true }] }],
    tools: [{ google_search: {} }, { bing: {} }],
    generationConfig: { max_output_tokens: 5, depth: 1 },
    mood: "good",
  };
  const response = await fetch(`${fake.url}/v1beta/models/${MODEL}:generateContent?key=k`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  expect(await response.json()).toMatchObject({
    error: {
      code: 400,
      details: [
        {
          fieldViolations: [
            { description: 'Invalid JSON payload received. Unknown name "mood": Cannot find field.' },
            { field: "generation_config" },
            { field: "tools[1]" },
            { field: "contents[0].parts[0]" },
          ],
        },
      ],
    },
  });
});
