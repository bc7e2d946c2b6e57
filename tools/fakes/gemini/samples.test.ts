import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createAsk } from "./ask-fake.ts";
import { startFakeGemini, type FakeGemini } from "./fake-gemini.ts";

/** Recorded answers are played as they are. */

const SAMPLES = fileURLToPath(new URL("samples", import.meta.url));
const STREAMS = readdirSync(SAMPLES).filter((file) => file.endsWith(".chunks.txt"));

let fake: FakeGemini;
let folder: string;
let { ai, ask } = createAsk("http://unused");
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "samples-"));
  writeFileSync(join(folder, "own.chunks.txt"), `${JSON.stringify({ candidates: [{ finishReason: "STOP" }] })}\n`);
  fake = await startFakeGemini({ chunkDelayMs: 0, samples: [folder] });
  ({ ai, ask } = createAsk(fake.url));
});
afterAll(async () => {
  await fake.close();
  rmSync(folder, { recursive: true });
});

it.each(STREAMS)("%s", async (file) => {
  const events = readFileSync(join(SAMPLES, file), "utf8").trim().split("\n");
  const response = await fetch(`${fake.url}/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse&key=k`, {
    method: "POST",
    body: JSON.stringify({ contents: [{ parts: [{ text: `[[fake: sample=${file.replace(".chunks.txt", "")}]]` }] }] }),
  });
  const sent = (await response.text()).split(/\r\n\r\n/).filter((event) => event !== "");
  expect(sent.map((event) => JSON.parse(event.replace("data: ", "")) as unknown)).toEqual(
    events.map((event) => JSON.parse(event) as unknown),
  );
});

it("errors come with their status", async () => {
  await expect(ask("[[fake: sample=thinking-level-400]]")).rejects.toMatchObject({ status: 400 });
  await expect(ask("[[fake: sample=quota-429]]")).rejects.toThrow("34.4s");
  await expect(ask("[[fake: sample=nothing]]")).rejects.toThrow("is none of the samples answer, code,");
});

it("an answer at once, and a stream as one", async () => {
  const generate = (name: string) =>
    ai.models.generateContent({ model: "gemini-3.8-flash", contents: `[[fake: sample=${name}]]` });
  expect((await generate("answer")).text).toBe("A leap year has 366 days.");
  expect((await generate("text-signed")).text).toBe("A leap year has **366** days.\n\nThe extra one is February 29.");
});

it("come from a folder of one's own as well", async () => {
  expect((await ask("[[fake: sample=own]]")).candidate?.finishReason).toBe("STOP");
});

it("with their signatures are taken back", async () => {
  const { text, signature = "" } = await ask("[[fake: sample=text-signed]]");
  const earlier = [
    { role: "user", parts: [{ text: "First" }] },
    { role: "model", parts: [{ text, thoughtSignature: signature }] },
  ];
  expect((await ask("Second [[fake: require-signatures]]", { earlier })).text).toContain("fake");
  await expect(ask("Second", { earlier, model: "gemini-3.7-flash" })).rejects.toThrow("Corrupted");
});
