import type { Content } from "@google/genai";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createAsk } from "./ask-fake.ts";
import { startFakeGemini, type FakeGemini } from "./fake-gemini.ts";

let fake: FakeGemini;
let { ask } = createAsk("http://unused");
beforeAll(async () => {
  fake = await startFakeGemini({ chunkDelayMs: 0 });
  ({ ask } = createAsk(fake.url));
});
afterEach(() => fake.reset());
afterAll(() => fake.close());

/** A conversation of one exchange, with the model's turn in these parts. */
const after = (parts: NonNullable<Content["parts"]>): Content[] => [
  { role: "user", parts: [{ text: "First" }] },
  { role: "model", parts },
];

describe("a signature", () => {
  it("comes with the last chunk, on an empty text, and is taken back in its own part or with the text", async () => {
    const { text, parts, signature = "" } = await ask("First");
    expect(parts.at(-1)).toEqual({ text: "", thoughtSignature: signature });
    expect(signature.length).toBeGreaterThan(100);
    const own = [{ text }, { text: "", thoughtSignature: signature }];
    const strict = "Second [[fake: require-signatures]]";
    expect((await ask(strict, { earlier: after(own) })).text).toContain("I can see 2 earlier turns");
    expect((await ask(strict, { earlier: after([{ text, thoughtSignature: signature }]) })).text).toContain("fake");
  });

  it("is given by light models too, and not by those before the third generation", async () => {
    expect((await ask("First", { model: "gemini-3.5-flash-lite" })).signature).toBeDefined();
    expect((await ask("First", { model: "gemini-2.5-flash" })).signature).toBeUndefined();
  });

  it("is refused when it was changed, or made by another family", async () => {
    const { text, signature = "" } = await ask("First");
    const changed = `${signature.slice(0, 40)}${signature[40] === "A" ? "B" : "A"}${signature.slice(41)}`;
    const send = (thoughtSignature: string, model?: string) =>
      ask("Second", { ...(model && { model }), earlier: after([{ text }, { text: "", thoughtSignature }]) });
    await expect(send(changed)).rejects.toThrow("Corrupted thought signature.");
    await expect(send(signature, "gemini-3.5-flash")).rejects.toThrow("Corrupted thought signature.");
    await expect(send("no base64!")).rejects.toThrow("Base64 decoding failed");
    expect((await send("skip_thought_signature_validator")).text).toContain("fake");
    // A model that makes none does not look at them.
    expect((await send(signature, "gemini-2.5-flash")).text).toContain("fake");
  });

  it("may be missing, but for who requires it", async () => {
    const { text, signature = "" } = await ask("First");
    const strict = "Second [[fake: require-signatures]]";
    expect((await ask("Second", { earlier: after([{ text }]) })).text).toContain("fake");
    await expect(ask(strict, { earlier: after([{ text }]) })).rejects.toThrow("missing a thought_signature");
    const edited = after([{ text: `${text}!`, thoughtSignature: signature }]);
    await expect(ask(strict, { earlier: edited })).rejects.toThrow("Corrupted thought signature.");
    expect((await ask(strict, { earlier: after([{ text: "Never signed" }]) })).text).toContain("fake");
  });

  it("is needed with a function call of the current turn", async () => {
    const call = { functionCall: { name: "weather", args: {} } };
    const result = { role: "user", parts: [{ functionResponse: { name: "weather", response: {} } }] };
    const contents = [{ role: "user", parts: [{ text: "Weather?" }] }, { role: "model", parts: [call] }, result];
    const response = await fetch(`${fake.url}/v1beta/models/gemini-3.8-flash:generateContent?key=k`, {
      method: "POST",
      body: JSON.stringify({ contents }),
    });
    expect(await response.text()).toContain("function call `default_api:weather` , position 2");
    // Of a turn that is over nobody asks for it.
    expect((await ask("And now?", { earlier: after([call]) })).text).toContain("fake");
  });

  it("can be refused whatever it is, once", async () => {
    const { text, signature = "" } = await ask("First");
    const prompt = "Second [[fake: refuse-signatures]]";
    await expect(ask(prompt, { earlier: after([{ text, thoughtSignature: signature }]) })).rejects.toThrow("Corrupted");
    expect((await ask(prompt, { earlier: after([{ text }]) })).text).toContain("fake");
  });
});
