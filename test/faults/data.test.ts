import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Script } from "../../tools/fakes/gemini/script.ts";
import { joinChunks, type TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { GetUsage, StopReply } from "../_support/documents.ts";
import { expectWholeReply } from "../_support/expect-reply.ts";

/** What a model may send that is no text, no number or no character: it ends a reply, at the first try. */

let colloquy: Colloquy;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await startColloquy({ env: { MODEL_RETRY_BASE: "20ms" } });
  await refuseSomeReplies();
});
afterAll(() => colloquy.close());
afterEach(() => colloquy.gemini.reset());

/** The reply to a prompt of a new person, live and stored, and that the room is free after one call. */
async function ask(prompt: string, script: Script) {
  colloquy.gemini.onPrompt(prompt, script);
  alice = await colloquy.signIn();
  const room = await alice.createRoom();
  const { replyId } = await alice.send(room, prompt);
  const message = await expectWholeReply(alice, alice.watchReply(replyId));
  expect(message.attempt).toBe(1);
  expect(colloquy.gemini.requests.filter((request) => request.prompt === prompt)).toHaveLength(1);
  const { replyId: next } = await alice.send(room, "still there?");
  expect(await expectWholeReply(alice, alice.watchReply(next))).toMatchObject({ status: "COMPLETE" });
  return message;
}

const used = async () => (await alice.request(GetUsage)).me?.usage.used;

const ODD_COUNTS = [3e9, 1.5, -4, 1e300, "NaN", "many", null];

const IMAGE = { part: { inlineData: { mimeType: "image/webp", data: "AA==" } } };

test.each<[string, Script, object]>([
  ["a NUL", [{ text: "a\0" }, { text: "\0\0b" }], { content: "a\uFFFD\uFFFD\uFFFDb" }],
  ["lone surrogates", [{ text: "\udc00 \ud800" }, { text: "\ud83c" }], { content: "\uFFFD \uFFFD\uFFFD" }],
  ["a pair in two events", [{ text: "\ud83c" }, { text: "\udf31" }], { content: "\u{1f331}" }],
  ["an odd reason", [{ text: "Hm." }, { finish: "W\0".repeat(99) }], { finishReason: "W\uFFFD".repeat(32) }],
  ["an image", [{ text: "See:" }, IMAGE], { content: "See:\n\n[image/webp left out]", finishReason: "STOP" }],
  ["an image alone", [IMAGE], { content: "[image/webp left out]" }],
])("%s", async (name, script, stored) => {
  expect(await ask(name, script)).toMatchObject({ status: "COMPLETE", error: null, ...stored });
  expect(await used()).toBe(2);
});

test.each(ODD_COUNTS.map((count) => [JSON.stringify(count), count] as const))(
  "token counts of %s",
  async (name, count) => {
    const usage = { promptTokenCount: count, candidatesTokenCount: count };
    const message = await ask(`counts ${name}`, [{ finish: "STOP", text: "Well.", usage }]);
    expect(message).toMatchObject({ status: "COMPLETE", content: "Well.", promptTokens: null, replyTokens: null });
  },
);

test("the tokens of a day stop at what can be stored", async () => {
  const most = 20_000_000;
  alice = await colloquy.signIn();
  const room = await alice.createRoom();
  const usage = { promptTokenCount: most, candidatesTokenCount: most };
  const send = async () => {
    colloquy.gemini.onPrompt("dear", [{ finish: "STOP", text: "Well.", usage }]);
    return expectWholeReply(alice, alice.watchReply((await alice.send(room, "dear")).replyId));
  };
  await send();
  await colloquy.db.usage.updateMany({ data: { promptTokens: 2 ** 31 - 2, replyTokens: 2 ** 31 - most } });
  expect(await send()).toMatchObject({ status: "COMPLETE", promptTokens: most });
  expect(await colloquy.db.usage.findFirst({ where: { promptTokens: 2 ** 31 - 1 } })).toMatchObject({
    replyTokens: 2 ** 31 - 1,
  });
});

test("a text that is longer than a reply may be is cut, also when it comes at once", async () => {
  const message = await ask("too long", [{ text: "é".repeat(600_000) }, { text: "more" }, { stall: true }]);
  expect(message).toMatchObject({ status: "COMPLETE", finishReason: "LENGTH_LIMIT" });
  expect(message.content).toBe("é".repeat(512 * 1024));
});

test("an event that is too large fails the reply at once, with its text so far", async () => {
  const event = `data: ${"x".repeat(8 * 1024 * 1024)}xx`;
  const message = await ask("too large", [{ text: "Half a sen" }, { raw: event }, { stall: true }]);
  expect(message).toMatchObject({ status: "FAILED", content: "Half a sen" });
  expect(message.error).toMatchObject({ code: "MODEL_UNREADABLE", retryable: false });
});

test.each([
  ["22P05", "[refused: counts]", "Some [refused: counts]."],
  ["23514", "[refused: text]", ""],
])("what the database refuses with %s fails the reply at once, and is refunded", async (_, text, content) => {
  const message = await ask(text, [{ text: "Some " }, { text: `${text}.` }]);
  expect(message).toMatchObject({ status: "FAILED", content });
  expect(message.error).toMatchObject({ code: "REPLY_UNSTORABLE", retryable: true });
  expect(await used()).toBe(1);
});

test("a reply with a NUL is stopped in the middle", async () => {
  colloquy.gemini.onPrompt("stop it", [{ text: "a\0b" }, { stall: true }]);
  alice = await colloquy.signIn();
  const room = await alice.createRoom();
  const { replyId } = await alice.send(room, "stop it");
  const watch = alice.watchReply(replyId);
  await watch.until(() => joinChunks(watch.events).text !== "");
  const { stopReply } = await alice.request(StopReply, { messageId: replyId });
  expect(stopReply).toMatchObject({ status: "STOPPED", content: "a\uFFFDb" });
});

/** A database that refuses what it would otherwise take, in words that read like an outage. */
async function refuseSomeReplies(): Promise<void> {
  await colloquy.db.$executeRaw`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW."role" = 'ASSISTANT' AND NEW."content" LIKE '%[refused: counts]%' AND NEW."replyTokens" IS NOT NULL THEN
        RAISE EXCEPTION 'Connection terminated' USING ERRCODE = '22P05';
      END IF;
      IF NEW."role" = 'ASSISTANT' AND NEW."content" LIKE '%[refused: text]%' THEN
        RAISE EXCEPTION 'Connection is closed' USING ERRCODE = '23514';
      END IF;
      RETURN NEW;
    END $$`;
  await colloquy.db
    .$executeRaw`CREATE TRIGGER refuse BEFORE UPDATE ON "Message" FOR EACH ROW EXECUTE FUNCTION refuse()`;
}
