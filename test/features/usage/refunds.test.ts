import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createGate, type Script } from "../../../tools/fakes/gemini/script.ts";
import { GetUsageByDay } from "../../_support/account-documents.ts";
import type { TestClient } from "../../_support/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { RetryReply, SendMessage, StopReply } from "../../_support/documents.ts";
import { expectWholeReply } from "../../_support/expect-reply.ts";
import { watchAccount } from "../../_support/watch-account.ts";

const LIMIT = 5;
const HOUR_MS = 3_600_000;

let colloquy: Colloquy;

beforeAll(async () => {
  colloquy = await startColloquy({ workers: 2, env: { BASIC_DAILY_MESSAGES: String(LIMIT) } });
});
afterAll(() => colloquy.close());
afterEach(() => colloquy.gemini.reset());

/** Somebody whose day does not end while the test runs, with what has come of it so far. */
async function signIn(sofar: { messages?: number; refunds?: number; stopRefunds?: number } = {}) {
  const client = await colloquy.signIn();
  const day = new Date(new Date().toISOString().slice(0, 10));
  const lastsUntil = new Date(Date.now() + HOUR_MS);
  await colloquy.db.usage.create({ data: { userId: client.userId(), day, lastsUntil, ...sofar } });
  return client;
}

async function today(client: TestClient) {
  const { usage } = (await client.request(GetUsageByDay)).me!;
  return { used: usage.used, ...usage.days[0]! };
}

/** Sends into a new room, and waits for the reply's end. */
async function send(client: TestClient, prompt: string) {
  const { replyId } = await client.send(await client.createRoom(), prompt);
  return { replyId, message: await expectWholeReply(client, client.watchReply(replyId)) };
}

const asked = (prompt: string) => colloquy.gemini.requests.filter((request) => request.prompt === prompt).length;
const paid = { promptTokenCount: 11, candidatesTokenCount: 0, thoughtsTokenCount: 40 };

describe("a reply without text", () => {
  test.each<[string, Script]>([
    ["whose limit was eaten by thoughts", [{ finish: "MAX_TOKENS", usage: paid }]],
    ["MALFORMED_FUNCTION_CALL", [{ finish: "MALFORMED_FUNCTION_CALL", usage: paid }]],
    ["NO_IMAGE", [{ finish: "NO_IMAGE", usage: paid }]],
    ["UNEXPECTED_TOOL_CALL", [{ finish: "UNEXPECTED_TOOL_CALL", usage: paid }]],
    ["TOO_MANY_TOOL_CALLS", [{ finish: "TOO_MANY_TOOL_CALLS", usage: paid }]],
    ["OTHER", [{ finish: "OTHER", usage: paid }]],
    ["a reason of next year", [{ finish: "NEW_REASON", usage: paid }]],
    [
      "STOP after thoughts",
      [
        { text: "Hm.", thought: true },
        { finish: "STOP", usage: paid },
      ],
    ],
    ["STOP after blanks", [{ text: " \n" }, { finish: "STOP", usage: paid }]],
  ])("is final, given back, and its tokens are the day's: %s", async (name, answer) => {
    const client = await signIn();
    const prompt = `empty: ${name}`;
    colloquy.gemini.onPrompt(prompt, answer, { times: 10 });
    const { message } = await send(client, prompt);
    expect(message).toMatchObject({ status: "FAILED", attempt: 1, error: { code: "MODEL_EMPTY" } });
    expect(asked(prompt)).toBe(1);
    expect(await today(client)).toMatchObject({ used: 0, promptTokens: 11, replyTokens: 40 });
  });
});

describe("tokens", () => {
  test("of tries that failed are the day's, beside those of the one that did not", async () => {
    const client = await signIn();
    const half = { promptTokenCount: 100, candidatesTokenCount: 3, thoughtsTokenCount: 20 };
    colloquy.gemini.onPrompt("third time", [{ text: "half", usage: half }, { status: 503 }]);
    colloquy.gemini.onPrompt("third time", [{ text: "Hm.", thought: true, usage: half }, { status: 500 }]);
    colloquy.gemini.onPrompt("third time", [{ status: 503 }]);
    const whole = { promptTokenCount: 101, candidatesTokenCount: 5 };
    colloquy.gemini.onPrompt("third time", [{ text: "Whole." }, { finish: "STOP", usage: whole }]);
    const watch = watchAccount(client);
    const { message } = await send(client, "third time");
    expect(message).toMatchObject({ status: "COMPLETE", attempt: 4, promptTokens: 101, replyTokens: 5 });
    await watch.until(
      ({ event }) => event.__typename === "UsageChanged" && event.user.usage.days[0]?.replyTokens === 51,
    );
    expect(await today(client)).toMatchObject({ used: 1, promptTokens: 301, replyTokens: 51 });
  });

  test("of a reply that was stopped are the day's as well", async () => {
    const client = await signIn();
    const usage = { promptTokenCount: 7, candidatesTokenCount: 2, thoughtsTokenCount: 9 };
    colloquy.gemini.onPrompt("enough", [{ text: "So", usage }, { stall: true }]);
    const watch = watchAccount(client);
    const { replyId } = await client.send(await client.createRoom(), "enough");
    await client.watchReply(replyId).until(({ text }) => text === "So");
    await client.request(StopReply, { messageId: replyId });
    await watch.until(
      ({ event }) => event.__typename === "UsageChanged" && event.user.usage.days[0]?.replyTokens === 11,
    );
    expect(await today(client)).toMatchObject({ used: 1, promptTokens: 7, replyTokens: 11 });
  });
});

describe("what is given back", () => {
  const REFUSED: Script = [{ status: 400 }];

  test("is no more than a day has: who fails for ever is refused in the end", async () => {
    const client = await signIn();
    colloquy.gemini.onPrompt("in vain", [{ finish: "MAX_TOKENS" }], { times: 100 });
    const used = [];
    for (let sent = 0; sent < 2 * LIMIT; sent += 1) {
      await send(client, "in vain");
      used.push((await today(client)).used);
    }
    expect(used).toEqual([0, 0, 0, 0, 0, 1, 2, 3, 4, 5]);
    const { errors } = await client.ask(SendMessage, {
      input: { chatroomId: await client.createRoom(), content: "in vain" },
    });
    expect(errors[0]?.extensions).toMatchObject({ code: "QUOTA_EXCEEDED", used: LIMIT });
    expect(asked("in vain")).toBe(2 * LIMIT);
  });

  test("is counted exactly when many replies fail at once", async () => {
    const client = await signIn({ refunds: LIMIT - 2 });
    const gate = createGate();
    colloquy.gemini.onPrompt("all at once", [{ waitFor: gate }, ...REFUSED], { times: 100 });
    const sent = await Promise.all(
      Array.from({ length: LIMIT }, async () => client.send(await client.createRoom(), "all at once")),
    );
    for (let count = 0; count < LIMIT; count += 1) await colloquy.gemini.nextRequest("all at once");
    gate.open();
    await Promise.all(sent.map(({ replyId }) => client.watchReply(replyId).completed));
    expect((await today(client)).used).toBe(LIMIT - 2);
    const charged = await colloquy.db.message.count({ where: { userId: client.userId(), chargedOn: { not: null } } });
    expect(charged).toBe(LIMIT - 2);
  });

  test("is charged again by a retry, and what was not given back is charged twice", async () => {
    const client = await signIn({ refunds: LIMIT - 1 });
    colloquy.gemini.onPrompt("again", REFUSED, { times: 2 });
    const { replyId } = await send(client, "again");
    const used = [(await today(client)).used];
    for (let time = 0; time < 2; time += 1) {
      await client.request(RetryReply, { messageId: replyId });
      await client.watchReply(replyId).completed;
      used.push((await today(client)).used);
    }
    expect(used).toEqual([0, 1, 2]);
  });

  test("is without end where the plan has none", async () => {
    const client = await signIn({ refunds: 1_000 });
    await colloquy.db.user.update({ where: { id: client.userId() }, data: { plan: "PRO" } });
    colloquy.gemini.onPrompt("unlimited", REFUSED);
    await send(client, "unlimited");
    expect((await today(client)).used).toBe(0);
  });

  test("is one reply a day that was stopped before its first text", async () => {
    const client = await signIn();
    colloquy.gemini.onPrompt("never mind", [{ text: "Hm.", thought: true }, { stall: true }], { times: 100 });
    const used = [];
    for (let time = 0; time < 3; time += 1) {
      const { replyId } = await client.send(await client.createRoom(), "never mind");
      await colloquy.gemini.nextRequest("never mind");
      const stops = Array.from({ length: 3 }, () => client.request(StopReply, { messageId: replyId }));
      for (const { stopReply } of await Promise.all(stops)) expect(stopReply).toMatchObject({ status: "STOPPED" });
      used.push((await today(client)).used);
    }
    expect(used).toEqual([0, 1, 2]);
  });
});
