import { request, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestClient } from "../_support/client.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

let colloquy: Colloquy;
let alice: TestClient;
let room: string;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  alice = await colloquy.signIn();
  room = await alice.createRoom("A room");
  await alice.send(room, "Hello");
});
afterAll(() => colloquy.close());

const ME = { query: "query Me { me { id } }" };
const ROOM = {
  query: `query Room($id: ID!, $last: Int = 20) {
    chatroom(id: $id) { id title messages(last: $last) { edges { cursor node { id content status } } } }
  }`,
};
const LIST = { query: "query Rooms { chatrooms { edges { node { id title } } } }" };
const MANY = {
  query: `query Many($n: Int!) { chatrooms(first: $n) { edges { node { messages(first: $n) { edges { node { id } } } } } } }`,
};
const RENAME = {
  query: "mutation Rename($id: ID!, $title: String!) { updateChatroom(input: { id: $id, title: $title }) { title } }",
};
const SUBSCRIBE = { query: "subscription { accountChanged { __typename } }" };
const TWO = { query: "query One { me { id } } query Two { __typename }" };

/** Each is asked for twice where the document is known, and by a path that only Yoga answers. */
test.each<[string, () => object | string, Headers?]>([
  ["data", () => ({ ...ROOM, variables: { id: room } })],
  ["a cached list", () => LIST],
  ["what is not there", () => ({ ...ROOM, variables: { id: "00000000-0000-4000-8000-000000000000" } })],
  ["an id that is none", () => ({ ...ROOM, variables: { id: "none" } })],
  ["a variable that is missing", () => ROOM],
  ["a variable of another type", () => ({ ...ROOM, variables: { id: room, last: "many" } })],
  ["an operation that asks for too much", () => ({ ...MANY, variables: { n: 100 } })],
  ["a mutation", () => ({ ...RENAME, variables: { id: room, title: "Another title" } })],
  ["one of two operations", () => ({ ...TWO, operationName: "Two" })],
  ["an operation that is not there", () => ({ ...TWO, operationName: "Three" })],
  ["two operations without a choice", () => TWO],
  ["nobody", () => LIST, { authorization: "" }],
  ["a token that is none", () => LIST, { authorization: "Bearer none" }],
  ["GraphQL's own media type", () => ROOM, { accept: "application/graphql-response+json, application/json;q=0.9" }],
  ["JSON before its own media type", () => ROOM, { accept: "application/json, application/graphql-response+json" }],
  ["anything", () => ME, { accept: "*/*" }],
  ["a stream alone", () => ME, { accept: "text/event-stream" }],
  ["no JSON", () => ME, { accept: "text/html" }],
  ["a type in capitals", () => ME, { "content-type": "Application/JSON; charset=utf-8" }],
  ["another type", () => ME, { "content-type": "text/plain" }],
  ["an allowed page", () => ME, { origin: "https://elsewhere.example" }],
  ["a Host that is none", () => ME, { host: "not a host" }],
  ["what a client tells of itself", () => ({ ...ME, extensions: { clientLibrary: { name: "@apollo/client" } } })],
  ["an unknown hash", () => ({ extensions: { persistedQuery: { version: 1, sha256Hash: "0".repeat(64) } } })],
  ["a wrong hash", () => ({ ...ME, extensions: { persistedQuery: { version: 1, sha256Hash: "0".repeat(64) } } })],
  ["a parameter too many", () => ({ ...ME, id: 1 })],
  ["variables that are a list", () => ({ ...ME, variables: [] })],
  ["a list of operations", () => [ME]],
  ["no JSON", () => "{"],
  ["a document that does not parse", () => ({ query: "{" })],
  ["a subscription", () => SUBSCRIBE, { accept: "application/json" }],
])("is answered as Yoga answers it: %s", async (_, bodyOf, headers) => {
  const body = bodyOf();
  for (const known of [ME, LIST, TWO, ROOM]) await post("", known);
  await post("", { ...MANY, variables: { n: 1 } });
  await post("", { ...RENAME, variables: { id: room, title: "Another title" } });

  const byYoga = await post("?", body, headers);
  const plain = await post("", body, headers);
  expect(plain).toEqual(byYoga);
});

test("is answered when its body comes after its headers, and in pieces", async () => {
  const whole = await post("", ME);
  expect(await post("", ME, {}, 5)).toEqual(whole);
});

type Headers = Readonly<Record<string, string>>;

/** What does not differ from one request to the next, with what the log has of it. @param pieces of the body */
async function post(search: string, body: object | string, headers: Headers = {}, pieces = 1) {
  const payload = typeof body === "string" ? body : JSON.stringify(body);
  const { status, id, ...answer } = await new Promise<Answer>((resolve, reject) => {
    const sent = request(`${alice.url}${search}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(payload),
        authorization: `Bearer ${alice.token()}`,
        ...headers,
      },
    });
    sent.on("error", reject).on("response", (response) => {
      const { "x-request-id": requestId, date: _, ...others } = response.headers;
      text(response).then(
        (content) => resolve({ status: response.statusCode, id: String(requestId), headers: others, content }),
        reject,
      );
    });
    if (pieces === 1) sent.end(payload);
    else void sendInPieces(sent, payload, pieces);
  });
  const line = await colloquy.apis[0]?.whenLogged((each) => each["requestId"] === id && each["msg"] === "request");
  const { requestId: _id, time: _time, ms: _ms, ...logged } = line ?? {};
  return { status, ...answer, logged };
}

type Answer = { status: number | undefined; id: string; headers: IncomingHttpHeaders; content: string };

async function sendInPieces(sent: ReturnType<typeof request>, payload: string, pieces: number): Promise<void> {
  const size = Math.ceil(payload.length / pieces);
  sent.flushHeaders();
  for (let at = 0; at < payload.length; at += size) {
    await delay(20);
    sent.write(payload.slice(at, at + size));
  }
  sent.end();
}
