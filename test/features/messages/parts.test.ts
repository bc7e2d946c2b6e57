import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { readLiveText } from "../../../src/features/replies/live-text.ts";
import { createLogger } from "../../../src/platform/logger.ts";
import { createRedis } from "../../../src/platform/redis/redis.ts";
import type { Script } from "../../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";
import { RetryReply, SendMessage, StopReply } from "../../_support/documents.ts";
import { GetParts } from "../../_support/parts-documents.ts";

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await shareColloquy();
  alice = await colloquy.signIn();
});
afterAll(() => colloquy.close());
afterEach(() => colloquy.gemini.reset());

const MODEL = "gemini-3.8-flash";

async function send(prompt: string, settings: object = {}) {
  const room = await alice.createRoom();
  return { room, ...(await sendTo(room, prompt, { modelId: MODEL, settings: { showThoughts: true, ...settings } })) };
}

async function sendTo(chatroomId: string, content: string, more: object = {}) {
  const { sendMessage } = await alice.request(SendMessage, { input: { chatroomId, content, ...more } });
  return { messageId: sendMessage.message.id, replyId: sendMessage.reply!.id };
}

const read = async (id: string) => (await alice.request(GetParts, { id })).message!;

/** What comes of a prompt. */
async function reply(prompt: string, settings: object = {}) {
  const { room, replyId } = await send(prompt, settings);
  await alice.watchReply(replyId).completed;
  return { room, replyId, ...(await read(replyId)) };
}

const kindsOf = ({ parts }: { parts: readonly { __typename: string }[] }) => parts.map(({ __typename }) => __typename);

describe("the parts of a reply", () => {
  test("are its thoughts, its code and the result, its text, and the search", async () => {
    const settings = { search: true, codeExecution: true };
    const prompt = "How many? [[fake: think=3]] [[fake: code]] [[fake: search=3]] [[fake: usage cached=4 tools=65]]";
    const { replyId, ...message } = await reply(prompt, settings);
    expect(kindsOf(message)).toEqual(["ThoughtPart", "CodePart", "CodeResultPart", "TextPart", "SearchPart"]);
    const [thought, code, result, text, search] = message.parts;
    expect(thought).toMatchObject({ durationMs: expect.any(Number) as number, truncated: false });
    expect(code).toMatchObject({ language: "PYTHON", code: "print(sum(range(1, 11)))\n" });
    expect(result).toMatchObject({ outcome: "OUTCOME_OK", output: "55\n" });
    expect(search).toMatchObject({
      suggestionsHtml: expect.stringContaining("<style>") as string,
      sources: { length: 3 },
    });
    const written = text?.__typename === "TextPart" ? text.text : "";
    expect(message.content).toBe(`[code left out]\n\n[result of code left out]\n\n${written}`);
    expect(message.citations.length).toBeGreaterThan(0);
    for (const { start, end, sources } of message.citations) {
      expect(written).toContain(message.content.slice(start, end));
      expect(sources.length).toBeGreaterThan(0);
    }
    expect(message.tokens).toMatchObject({ cached: 4, tools: 65, thoughts: expect.any(Number) as number });
    expect(await colloquy.db.replyDetail.count({ where: { messageId: replyId } })).toBe(1);
  });

  test("of plain text are one, and leave no row behind", async () => {
    const { replyId, content, parts, citations } = await reply("Hello", { showThoughts: false });
    expect(parts).toEqual([{ __typename: "TextPart", text: content }]);
    expect(citations).toEqual([]);
    // Its signature is all that is kept.
    expect(await colloquy.db.replyDetail.findUnique({ where: { messageId: replyId } })).toMatchObject({ thought: "" });
    const { messageId } = await send("What I say");
    expect(await read(messageId)).toMatchObject({ parts: [{ text: "What I say" }], citations: [], tokens: null });
  });

  test("are a text, an image that cannot be shown yet, and the rest of the text", async () => {
    const { parts } = await reply("A picture [[fake: image=1000]]", { showThoughts: false });
    expect(parts).toMatchObject([
      { __typename: "TextPart" },
      { __typename: "UnsupportedPart", kind: "image", mimeType: "image/png", bytes: 1_000 },
      { __typename: "TextPart" },
    ]);
  });

  test("of a reply without text are its thoughts, and the reason for the end is said", async () => {
    const script: Script = [{ text: "Too much to think.", thought: true }, { finish: "MAX_TOKENS" }];
    colloquy.gemini.onPrompt("long", script);
    const { room: _, replyId, ...message } = await reply("long");
    expect(message).toMatchObject({
      status: "FAILED",
      error: { code: "MODEL_EMPTY" },
      finishReason: "MAX_TOKENS",
      parts: [{ __typename: "ThoughtPart", thought: "Too much to think." }],
    });

    colloquy.gemini.onPrompt("long", [{ text: "Short." }]);
    await alice.request(RetryReply, { messageId: replyId });
    await alice.watchReply(replyId).completed;
    expect(await read(replyId)).toMatchObject({ status: "COMPLETE", parts: [{ text: "Short." }] });
  });

  test("of a reply that is stopped in mid-think end with what was thought", async () => {
    colloquy.gemini.onPrompt("think", [
      { text: "First", thought: true },
      { text: "One" },
      { text: "Then", thought: true },
      { stall: true },
    ]);
    const { replyId } = await send("think");
    const redis = createRedis(colloquy.redis.url, createLogger({ level: "silent", name: "test" }));
    onTestFinished(() => redis.disconnect());
    const thought = async () => (await readLiveText(redis, replyId, { parts: true }))?.thought;
    await expect.poll(thought, { timeout: 30_000 }).toBe("FirstThen");
    await alice.request(StopReply, { messageId: replyId });
    const message = await read(replyId);
    expect(message).toMatchObject({ status: "STOPPED", content: "One" });
    expect(message.parts).toMatchObject([
      { __typename: "ThoughtPart", thought: "First", durationMs: expect.any(Number) as number },
      { __typename: "TextPart", text: "One" },
      { __typename: "ThoughtPart", thought: "Then", durationMs: null, truncated: false },
    ]);
  });

  test("of a reply that is blocked after its sources keep them", async () => {
    const groundingMetadata = {
      groundingChunks: [{ web: { uri: "https://a.example/", title: "A" } }],
      groundingSupports: [{ segment: { endIndex: 3 }, groundingChunkIndices: [0] }],
    };
    colloquy.gemini.onPrompt("no", [
      { text: "Né so" },
      { text: "", candidate: { groundingMetadata } },
      { finish: "SAFETY" },
    ]);
    expect(await reply("no")).toMatchObject({
      status: "BLOCKED",
      parts: [{ text: "Né so" }, { __typename: "SearchPart", sources: [{ title: "A" }] }],
      citations: [{ start: 0, end: 2, sources: [{ uri: "https://a.example/" }] }],
    });
  });

  test("go with the message, and nobody else reads them", async () => {
    const { room, replyId } = await reply("Secret [[fake: think=2]]");
    const bob = await colloquy.signIn();
    await expect(bob.request(GetParts, { id: replyId })).rejects.toThrow("NOT_FOUND");
    await colloquy.db.chatroom.delete({ where: { id: room } });
    expect(await colloquy.db.replyDetail.count({ where: { messageId: replyId } })).toBe(0);
  });
});

describe("what the model signed", () => {
  /** The model's turns of the last request. */
  const sentBack = () =>
    colloquy.gemini.requests
      .at(-1)!
      .body.contents!.filter(({ role }) => role === "model")
      .map(({ parts }) => parts);

  test("goes back in its own part, and thoughts do not", async () => {
    const { room, content } = await reply("Count [[fake: think=2]] [[fake: code]]", { codeExecution: true });
    const { replyId } = await sendTo(room, "And on? [[fake: require-signatures]]", { modelId: MODEL });
    await alice.watchReply(replyId).completed;
    expect((await read(replyId)).status).toBe("COMPLETE");
    const text = content.split("\n\n").slice(2).join("\n\n");
    expect(sentBack()).toEqual([
      [
        { executableCode: { language: "PYTHON", code: "print(sum(range(1, 11)))\n" } },
        { codeExecutionResult: { outcome: "OUTCOME_OK", output: "55\n" } },
        { text },
        { text: "", thoughtSignature: expect.any(String) as string },
      ],
    ]);
  });

  test("stays here when the text is another, or the model of another family", async () => {
    const { room, replyId, content } = await reply("Hello there");
    const ask = async (modelId: string) => {
      const { replyId: next } = await sendTo(room, "Go on", { modelId });
      await alice.watchReply(next).completed;
      return (await read(next)).status;
    };
    expect(await ask("gemini-3.5-flash-lite")).toBe("COMPLETE");
    expect(sentBack()).toEqual([[{ text: content }]]);
    await colloquy.db.message.update({ where: { id: replyId }, data: { content: "Edited." } });
    expect(await ask(MODEL)).toBe("COMPLETE");
    expect(sentBack()[0]).toEqual([{ text: "Edited." }]);
  });

  test("is left out once the model refuses it, without a try that counts", async () => {
    const { room, content } = await reply("Hello again");
    const { replyId } = await sendTo(room, "Now [[fake: refuse-signatures]]", { modelId: MODEL });
    await alice.watchReply(replyId).completed;
    expect((await read(replyId)).status).toBe("COMPLETE");
    expect(sentBack()).toEqual([[{ text: content }]]);
    const [first] = colloquy.gemini.requests.slice(-2);
    expect(first).toMatchObject({ status: 400 });
  });
});
