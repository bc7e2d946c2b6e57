import { v7 as uuidv7 } from "uuid";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createGate } from "../../../tools/fakes/gemini/script.ts";
import { GetUsageByDay } from "../../_support/account-documents.ts";
import type { TestClient } from "../../_support/client.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { GetMessage, RetryReply, SendMessage, StopReply } from "../../_support/documents.ts";

const HOUR_MS = 3_600_000;
/** What the default model's price for a usual reply is, in micro-units. */
const RESERVED = 7_400;
/** A dear reply, and what it costs. */
const DEAR = { promptTokenCount: 32_000, candidatesTokenCount: 60_000 };
const DEAR_COST = 159_600;
const SLOTS = 5;
const LIMIT = 20 * RESERVED;

let colloquy: Colloquy;

beforeAll(async () => {
  const env = { BASIC_DAILY_COST: String(LIMIT), USER_CONCURRENT_REPLIES: String(SLOTS) };
  colloquy = await startColloquy({ apis: 2, workers: 2, env });
});
afterAll(() => colloquy.close());
afterEach(() => colloquy.gemini.reset());

/** A user whose day does not end while the test runs, with what it has cost so far. */
async function signIn(cost = 0): Promise<TestClient> {
  const client = await colloquy.signIn();
  const day = new Date(new Date().toISOString().slice(0, 10));
  const lastsUntil = new Date(Date.now() + HOUR_MS);
  await colloquy.db.usage.create({ data: { userId: client.userId(), day, lastsUntil, cost } });
  return client;
}

/** The day as it is stored. */
async function dayOf(client: TestClient) {
  const { messages, cost, reservedCost } = await colloquy.db.usage.findFirstOrThrow({
    where: { userId: client.userId() },
  });
  return { messages, cost: Number(cost), reserved: Number(reservedCost) };
}

/** Sends from both processes at once, each message into a room of its own. @returns the replies, and the refusals */
async function sendMany(client: TestClient, prompt: string, count: number) {
  const other = colloquy.elsewhere(client);
  const userId = client.userId();
  const rooms = Array.from({ length: count }, () => uuidv7());
  await colloquy.db.chatroom.createMany({ data: rooms.map((id) => ({ id, userId, title: "One of many" })) });
  /** As clients do, again while a busy machine is UNAVAILABLE. */
  const sendTo = async (chatroomId: string, by: TestClient) => {
    for (;;) {
      const answer = await by.ask(SendMessage, { input: { chatroomId, content: prompt, clientId: chatroomId } });
      if (answer.errors[0]?.extensions["code"] !== "UNAVAILABLE") return answer;
    }
  };
  const answers = await Promise.all(rooms.map((id, index) => sendTo(id, index % 2 === 0 ? client : other)));
  return {
    replies: answers.flatMap(({ data }) => data?.sendMessage?.reply?.id ?? []),
    refusals: answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions)),
  };
}

describe("the day's cost", () => {
  test("lets as many of many sends pass as it has room for, over all processes, and more once it is settled", async () => {
    const client = await signIn(LIMIT - 5 * RESERVED);
    const gate = createGate();
    const usage = { promptTokenCount: 10, candidatesTokenCount: 4 };
    colloquy.gemini.onPrompt("room for five", [{ waitFor: gate }, { text: "Yes." }, { finish: "STOP", usage }], {
      times: 100,
    });
    const { replies, refusals } = await sendMany(client, "room for five", 50);
    expect(replies).toHaveLength(5);
    expect(refusals).toHaveLength(45);
    const { resetsAt } = (await client.request(GetUsageByDay)).me!.usage;
    for (const refusal of refusals)
      expect(refusal).toEqual({ code: "QUOTA_EXCEEDED", quota: "COST", resetAt: resetsAt });
    expect(await dayOf(client)).toMatchObject({ messages: 5, reserved: 5 * RESERVED });

    gate.open();
    await Promise.all(replies.map((replyId) => client.watchReply(replyId).completed));
    // Each reply has cost 13 micro-units, so there is room for four more.
    expect(await dayOf(client)).toEqual({ messages: 5, cost: LIMIT - 5 * RESERVED + 65, reserved: 0 });
    colloquy.gemini.onPrompt("room for four", [{ waitFor: createGate() }], { times: 100 });
    expect((await sendMany(client, "room for four", 10)).replies).toHaveLength(4);
  });

  test("is exceeded by one call a slot at most, whatever was let in: the rest fails unasked, and is refunded", async () => {
    const client = await signIn();
    const gate = createGate();
    colloquy.gemini.onPrompt("dear", [{ waitFor: gate }, { text: "Long." }, { finish: "STOP", usage: DEAR }], {
      times: 100,
    });
    const { replies } = await sendMany(client, "dear", 50);
    expect(replies).toHaveLength(20);
    for (let count = 0; count < SLOTS; count += 1) await colloquy.gemini.nextRequest("dear");
    gate.open();
    await Promise.all(replies.map((replyId) => client.watchReply(replyId).completed));

    expect(await dayOf(client)).toEqual({ messages: SLOTS, cost: SLOTS * DEAR_COST, reserved: 0 });
    expect(colloquy.gemini.requests.filter(({ prompt }) => prompt === "dear")).toHaveLength(SLOTS);
    const messages = await colloquy.db.message.findMany({ where: { id: { in: replies } } });
    const failed = messages.filter(({ status }) => status === "FAILED");
    expect(failed).toHaveLength(20 - SLOTS);
    const { message } = await client.request(GetMessage, { id: failed[0]!.id });
    const { resetsAt } = (await client.request(GetUsageByDay)).me!.usage;
    expect(message?.error).toMatchObject({ code: "COST_EXCEEDED", retryable: true, retryAt: resetsAt });
    const { errors } = await client.ask(RetryReply, { messageId: failed[0]!.id });
    expect(errors[0]?.extensions).toMatchObject({ code: "QUOTA_EXCEEDED", quota: "COST" });
  });

  test("has its reservation back from a reply that fails, is stopped, or is retried", async () => {
    const client = await signIn();
    const gate = createGate();
    colloquy.gemini.onPrompt("in vain", [{ status: 400 }], { times: 1 });
    colloquy.gemini.onPrompt("in vain", [{ waitFor: gate }], { times: 1 });
    const { replies } = await sendMany(client, "in vain", 1);
    const messageId = replies[0]!;
    await client.watchReply(messageId).completed;
    expect(await dayOf(client)).toEqual({ messages: 0, cost: 0, reserved: 0 });

    await client.request(RetryReply, { messageId });
    expect(await dayOf(client)).toMatchObject({ messages: 1, reserved: RESERVED });
    await client.watchReply(messageId).until(({ status }) => status === "STREAMING");
    await client.request(StopReply, { messageId });
    gate.open();
    expect(await dayOf(client)).toMatchObject({ reserved: 0 });
  });

  test("keeps its reservation while a reply is tried again", async () => {
    const client = await signIn();
    const gate = createGate();
    colloquy.gemini.onPrompt("again", [{ status: 503 }], { times: 1 });
    colloquy.gemini.onPrompt("again", [{ waitFor: gate }, { text: "Now." }], { times: 1 });
    const { replies } = await sendMany(client, "again", 1);
    await colloquy.gemini.nextRequest("again");
    await colloquy.gemini.nextRequest("again");
    expect(await dayOf(client)).toMatchObject({ reserved: RESERVED });
    gate.open();
    await client.watchReply(replies[0]!).completed;
    expect(await dayOf(client)).toMatchObject({ messages: 1, reserved: 0 });
  });
});

test("a limit below the price of a usual reply lets the first send of a day pass", async () => {
  const tight = await colloquy.startApi({ BASIC_DAILY_COST: "100" });
  const client = colloquy.client(tight);
  client.useToken((await signIn()).token());
  const gate = createGate();
  colloquy.gemini.onPrompt("the first", [{ waitFor: gate }, { text: "Yes." }], { times: 10 });
  const send = async () =>
    client.ask(SendMessage, { input: { chatroomId: await client.createRoom(), content: "the first" } });
  expect((await send()).errors).toEqual([]);
  expect((await send()).errors[0]?.extensions).toMatchObject({ code: "QUOTA_EXCEEDED", quota: "COST" });
  gate.open();
});

test("messages that are used up are said to be so, also where a cost is limited", async () => {
  const few = await colloquy.startApi({ BASIC_DAILY_MESSAGES: "0" });
  const client = colloquy.client(few);
  client.useToken((await signIn()).token());
  const { errors } = await client.ask(SendMessage, {
    input: { chatroomId: await client.createRoom(), content: "too many" },
  });
  expect(errors[0]?.extensions).toMatchObject({ code: "QUOTA_EXCEEDED", quota: "MESSAGES", limit: 0, used: 0 });
});
