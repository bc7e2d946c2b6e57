import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { RateReplyInput } from "../../../tools/generated/graphql/graphql.ts";
import type { TestClient } from "../../_support/client.ts";
import type { Colloquy } from "../../_support/colloquy.ts";
import { startCountedApp } from "../../_support/counted-app.ts";
import { RetryReply, StopReply } from "../../_support/documents.ts";
import { ListRatings, RateReply } from "../../_support/rating-documents.ts";
import { shareColloquy } from "../../_support/shared-colloquy.ts";

let colloquy: Colloquy;
/** One user on both APIs. */
let here: TestClient;
let there: TestClient;

beforeAll(async () => {
  colloquy = await shareColloquy({ apis: 2, workers: 0 });
});
afterAll(() => colloquy.close());

beforeEach(async () => {
  here = await colloquy.signIn();
  there = colloquy.elsewhere(here);
});

/** Sends a message whose reply has ended at once. */
async function endedReply() {
  const sent = await here.send(await here.createRoom(), "Well?");
  await here.request(StopReply, { messageId: sent.replyId });
  return sent;
}

async function rate(input: RateReplyInput) {
  const { rateReply } = await here.request(RateReply, { input });
  const { rating } = rateReply.message;
  expect(await listed()).toContainEqual({ id: input.messageId, rating });
  return rating;
}

/** The user's messages with their ratings, as both APIs list them. */
async function listed() {
  const [one, two] = await Promise.all([there, here].map((client) => client.request(ListRatings, {})));
  expect(one).toEqual(two);
  return one!.chatrooms.edges.flatMap(({ node }) => node.messages.edges.map((edge) => edge.node));
}

const refusalOf = async (input: RateReplyInput) => (await here.ask(RateReply, { input })).errors[0]?.extensions;

test("a reply has one rating, which shows at once on both APIs, and null removes it", async () => {
  const { messageId: question, replyId: messageId } = await endedReply();
  expect(await listed()).toEqual([
    { id: question, rating: null },
    { id: messageId, rating: null },
  ]);
  expect(await rate({ messageId, value: "UP" })).toEqual({ value: "UP", tag: null, text: null });
  const down = { value: "DOWN", tag: " too\nlong", text: "  Half of it\nwould do.\ud800 " } as const;
  expect(await rate({ messageId, ...down })).toEqual({
    value: "DOWN",
    tag: "too long",
    text: "Half of it\nwould do.\ufffd",
  });
  expect(await rate({ messageId, value: "UP" })).toEqual({ value: "UP", tag: null, text: null });
  for (let times = 0; times < 2; times += 1) expect(await rate({ messageId, value: null })).toBeNull();
  expect(await colloquy.db.messageRating.count({ where: { messageId } })).toBe(0);
});

test("both devices at once leave one rating", async () => {
  const { replyId: messageId } = await endedReply();
  const values = ["UP", "DOWN"] as const;
  const clients = [here, there];
  await Promise.all(
    Array.from({ length: 8 }, (_, at) =>
      clients[at % 2]!.request(RateReply, { input: { messageId, value: values[at % 2]!, tag: String(at) } }),
    ),
  );
  const ratings = await colloquy.db.messageRating.findMany({ where: { messageId } });
  expect(ratings).toHaveLength(1);
  expect(ratings[0]!.value).toBe(values[Number(ratings[0]!.tag) % 2]);
});

test("only replies that have ended are rated, with texts that are no longer than allowed", async () => {
  const { messageId: question, replyId: messageId } = await endedReply();
  for (const [input, refusal] of [
    [
      { messageId: question, value: "UP" },
      { code: "BAD_USER_INPUT", field: "messageId" },
    ],
    [
      { messageId, tag: "short" },
      { code: "BAD_USER_INPUT", field: "value" },
    ],
    [
      { messageId, value: null, text: "why" },
      { code: "BAD_USER_INPUT", field: "value" },
    ],
    [
      { messageId, value: "UP", tag: "x".repeat(51) },
      { code: "BAD_USER_INPUT", field: "tag" },
    ],
    [
      { messageId, value: "UP", text: "x".repeat(2_001) },
      { code: "BAD_USER_INPUT", field: "text" },
    ],
    [
      { messageId, value: "UP", text: "\u200b" },
      { code: "BAD_USER_INPUT", field: "text" },
    ],
    [{ messageId: crypto.randomUUID(), value: "UP" }, { code: "NOT_FOUND" }],
  ] as const) {
    expect(await refusalOf(input)).toMatchObject(refusal);
  }
  const { replyId } = await here.send(await here.createRoom(), "And?");
  expect(await refusalOf({ messageId: replyId, value: "UP" })).toMatchObject({ code: "REPLY_IN_PROGRESS", replyId });
  expect(await colloquy.db.messageRating.count({ where: { messageId: { in: [messageId, replyId] } } })).toBe(0);
});

test("a rating goes with the text that it is about, by a retry or with the message", async () => {
  const { replyId: messageId } = await endedReply();
  await colloquy.db.message.update({ where: { id: messageId }, data: { status: "FAILED" } });
  await rate({ messageId, value: "DOWN" });
  await there.request(RetryReply, { messageId });
  expect(await listed()).toContainEqual({ id: messageId, rating: null });
  await here.request(StopReply, { messageId });
  await rate({ messageId, value: "DOWN" });
  await colloquy.db.message.delete({ where: { id: messageId } });
  expect(await colloquy.db.messageRating.count({ where: { messageId } })).toBe(0);
});

test("the ratings of an answer are read in one statement", async () => {
  for (let rooms = 0; rooms < 3; rooms += 1) await endedReply();
  const app = await startCountedApp(colloquy.env);
  try {
    app.client.useToken(here.token());
    const statements = await app.statementsOf(() => app.client.request(ListRatings, {}));
    expect(statements.filter((sql) => sql.includes('"MessageRating"'))).toHaveLength(1);
  } finally {
    await app.close();
  }
});
