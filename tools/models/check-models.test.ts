import { execFile } from "node:child_process";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { readCatalogue } from "../../src/model-catalogue/read-catalogue.ts";
import { builtIn, fileModel, writeModelsFile } from "../../test/_support/models-file.ts";
import { startFakeGemini, type FakeGemini } from "../fakes/gemini/fake-gemini.ts";
import { checkModels } from "./check-models.ts";

const NOVEMBER = new Date("2026-11-26T12:00:00Z");

let fake: FakeGemini;
beforeAll(async () => {
  fake = await startFakeGemini({ apiKey: "the-key" });
});
afterEach(() => fake.reset());
afterAll(() => fake.close());

function check(models: readonly unknown[], now = NOVEMBER) {
  const catalogue = readCatalogue({ file: writeModelsFile(models) });
  if ("faults" in catalogue) throw new Error(catalogue.faults.join("\n"));
  return checkModels({ apiKey: "the-key", baseUrl: fake.url }, catalogue, now);
}

test("the catalogue that is built in is what the API lists", async () => {
  const { differences, notes } = await check(builtIn());
  expect(differences).toEqual([]);
  expect(notes).toContain("gemini-2.5-flash: retires on 2026-12-01, in 5 days; then gemini-3.5-flash-lite answers");
  expect(notes.filter((note) => note.startsWith("gemini-3.1-flash-lite"))).toEqual([]);
});

test("what the API does not list, or limits otherwise, is a difference", async () => {
  fake.models.set("gemini-3.6-flash", { kind: "retired" });
  const limits = { contextTokens: 1_048_576, maxReplyTokens: 65_536 };
  const { differences } = await check([
    fileModel("gemini-3.8-flash", { ...limits, default: true }),
    fileModel("gemini-3.7-flash", { ...limits, contextTokens: 5, maxReplyTokens: 7 }),
    fileModel("gemini-3.6-flash", limits),
    fileModel("gpt-4", limits),
    fileModel("gone-long-ago", { ...limits, retiresAt: "2026-01-01" }),
  ]);
  expect(differences).toEqual([
    "gemini-3.7-flash: contextTokens is 5, the API says 1048576",
    "gemini-3.7-flash: maxReplyTokens is 7, the API says 65536",
    "gemini-3.6-flash: the API does not list it",
    "gpt-4: the API does not list it",
  ]);
});

test("a retirement within 60 days is noted, and models that the catalogue does not have", async () => {
  const models = [
    fileModel("gemini-3.8-flash", { default: true }),
    fileModel("gemini-3.7-flash", { retiresAt: "2027-03-01" }),
  ];
  const noted = async (now: string) =>
    (await check(models, new Date(now))).notes.filter((note) => note.startsWith("gemini-3.7-flash"));
  expect(await noted("2026-12-30")).toEqual([]);
  expect(await noted("2026-12-31")).toEqual([
    "gemini-3.7-flash: retires on 2027-03-01, in 60 days; then the default answers",
  ]);
  expect((await check(models)).notes).toContain("gemini-2.5-pro: is not in the catalogue");
});

test.each([
  ["no difference", builtIn(), "the-key", 0, "0 differences"],
  ["a difference", [fileModel("gpt-4", { default: true })], "the-key", 1, "gpt-4: the API does not list it"],
  ["a wrong catalogue", [fileModel("gpt-4")], "the-key", 1, `no model says "default": true`],
  ["a wrong key", builtIn(), "another key", 1, "The API does not list its models"],
  ["no key", builtIn(), "", 1, "GEMINI_API_KEY must be set"],
])("with %s the program says so", async (_, models, GEMINI_API_KEY, code, words) => {
  const env = {
    PATH: process.env["PATH"],
    GEMINI_API_KEY,
    GEMINI_BASE_URL: fake.url,
    MODELS_FILE: writeModelsFile(models),
  };
  const ended = await new Promise<{ code: unknown; text: string }>((resolve) => {
    execFile(process.execPath, ["--import", "tsx", "tools/models-check.ts"], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, text: stdout + stderr }),
    );
  });
  expect(ended.code).toBe(code);
  expect(ended.text).toContain(words);
  expect(ended.text).not.toContain("another key");
});
