import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { createClient } from "graphql-sse";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { joinChunks, type ReplyChunk, type TestClient } from "../_support/client.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { MessageAdded, ReplyStream } from "../_support/documents.ts";
import { openStream, type StreamOptions } from "../_support/event-stream.ts";
import { ask } from "../_support/post.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

const MULTIPART = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0";

let colloquy: Colloquy;
let alice: TestClient;
let room: string;

beforeAll(async () => {
  colloquy = await shareColloquy();
  alice = await colloquy.signIn();
  room = await alice.createRoom();
});
afterAll(() => colloquy.close());

/** What is answered from its beginning to its end. */
async function read(operation: object, options: StreamOptions = {}) {
  const stream = openStream(alice.url, operation, { token: alice.token(), ...options });
  onTestFinished(() => void stream.request.destroy());
  const { statusCode, headers } = await stream.response;
  return { status: statusCode, headers, text: await stream.until("nothing of the kind") };
}

type Event = { event?: string; data: string };

/** Events as the HTML standard reads them. */
const eventsOf = (text: string): Event[] =>
  text
    .split("\n\n")
    .filter((block) => block && !block.startsWith(":"))
    .map((block) => Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/s).slice(0, 2))) as Event);
/** The results, when the events are those and their end. */
function resultsOf(text: string): unknown[] {
  const events = eventsOf(text);
  expect(events.map(({ event }) => event)).toEqual([...events.slice(1).map(() => "next"), "complete"]);
  return events.slice(0, -1).map(({ data }) => JSON.parse(data) as unknown);
}
const refusedWith = (code: string) => ({ errors: [{ extensions: { code } }] });

describe("GraphQL over SSE, distinct connections mode", () => {
  test.each([
    ["a query", { query: "{ __typename }" }, { data: { __typename: "Query" } }],
    ["a mutation", { query: "mutation { __typename }" }, { data: { __typename: "Mutation" } }],
  ])("%s is one result, and the end", async (_, operation, result) => {
    const { status, headers, text } = await read(operation);
    expect([status, headers["content-type"]]).toEqual([200, "text/event-stream"]);
    expect(resultsOf(text)).toMatchObject([result]);
  });

  test.each<[string, object, string]>([
    ["does not parse", { query: "{ me {" }, "BAD_USER_INPUT"],
    ["asks for what there is not", { query: "subscription { nothing }" }, "BAD_USER_INPUT"],
    ["does not say which operation", { query: "query A { me { id } } query B { me { id } }" }, "BAD_USER_INPUT"],
    [
      "does not say which subscription",
      { query: "subscription A { accountChanged { __typename } } subscription B { accountChanged { __typename } }" },
      "BAD_USER_INPUT",
    ],
    ["names another operation", { query: "query A { me { id } }", operationName: "B" }, "BAD_USER_INPUT"],
    [
      "is too deep",
      { query: `subscription { messageAdded(chatroomId: "x") ${"{ parent ".repeat(13)}{ id }${" }".repeat(13)} }` },
      "OPERATION_TOO_COMPLEX",
    ],
    [
      "has no such room",
      { query: `subscription { messageAdded(chatroomId: "01a1ffca-a817-751a-8420-6b7e3907cbfe") { id } }` },
      "NOT_FOUND",
    ],
  ])("an operation that %s gets the error in the stream, which ends", async (_, operation, code) => {
    const { status, headers, text } = await read(operation);
    expect([status, headers["content-type"]]).toEqual([200, "text/event-stream"]);
    expect(resultsOf(text)).toMatchObject([refusedWith(code)]);
  });

  test("so is who may not subscribe", async () => {
    const stream = openStream(alice.url, { query: MessageAdded.toString(), variables: { chatroomId: room } });
    expect(resultsOf(await stream.until("complete"))).toMatchObject([refusedWith("UNAUTHENTICATED")]);
  });

  test.each<[string, number, () => ReturnType<typeof ask>]>([
    [
      "is no JSON",
      415,
      () =>
        ask(alice.url, {
          method: "POST",
          headers: { accept: "text/event-stream", "content-type": "text/plain" },
          body: "{}",
        }),
    ],
    [
      "is too long",
      413,
      () =>
        ask(alice.url, {
          method: "POST",
          headers: { accept: "text/event-stream", "content-type": "application/json" },
          body: " ".repeat(300_000),
        }),
    ],
    [
      "would change something by a GET",
      405,
      () => ask(`${alice.url}?query=mutation{__typename}`, { headers: { accept: "text/event-stream" } }),
    ],
  ])("a request that %s is refused by its status, with a code", async (_, status, request) => {
    const refused = await request();
    expect(refused.status).toBe(status);
    expect(refused.headers.get("content-type")).toContain("application/json");
    expect(refused.codes).toEqual(["BAD_USER_INPUT"]);
  });

  test("a GET subscribes too", async () => {
    const query = encodeURIComponent(`subscription { messageAdded(chatroomId: "no room") { id } }`);
    const { status, headers, text } = await ask(`${alice.url}?query=${query}`, {
      headers: { accept: "text/event-stream", authorization: `Bearer ${alice.token()}` },
    });
    expect([status, headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    expect(resultsOf(text)).toMatchObject([refusedWith("BAD_USER_INPUT")]);
  });

  test("a subscription begins before its first result, and ends when it does", async () => {
    const gate = createGate();
    colloquy.gemini.onPrompt("stream", [{ waitFor: gate }, { text: "the whole" }, { text: " reply" }]);
    const { replyId } = await alice.send(await alice.createRoom(), "stream");
    const operation = { query: ReplyStream.toString(), variables: { messageId: replyId } };
    const stream = openStream(alice.url, operation, { token: alice.token(), accept: "Text/Event-Stream" });
    await stream.until(":\n\n");
    gate.open();
    const events = eventsOf(await stream.until("nothing of the kind"));
    expect(events.at(-1)).toEqual({ event: "complete", data: "" });
    const results = events.slice(0, -1).map(({ data }) => JSON.parse(data) as { data: { replyStream: ReplyChunk } });
    expect(joinChunks(results.map(({ data }) => data.replyStream)).text).toBe("the whole reply");
  });

  test("graphql-sse's own client runs queries as well", async () => {
    const client = createClient({ url: alice.url, retryAttempts: 0 });
    onTestFinished(() => client.dispose());
    const results = client.iterate({ query: "{ __typename }" });
    expect(await results.next()).toMatchObject({ value: { data: { __typename: "Query" } } });
    expect(await results.next()).toMatchObject({ done: true });
  });
});

describe("multipart subscriptions, as Apollo's clients ask for them", () => {
  const apollo = () => {
    const headers = { authorization: `Bearer ${alice.token()}` };
    const client = new ApolloClient({ link: new HttpLink({ uri: alice.url, headers }), cache: new InMemoryCache() });
    onTestFinished(() => client.stop());
    return client;
  };

  /** Follows with Apollo's own HttpLink, to the end. */
  function follow(messageId: string, onText: (text: string) => void): Promise<string> {
    const chunks: ReplyChunk[] = [];
    return new Promise((resolve, reject) => {
      apollo()
        .subscribe({ query: gql(ReplyStream.toString()), variables: { messageId }, fetchPolicy: "no-cache" })
        .subscribe({
          next({ data, error }: { data?: unknown; error?: Error }) {
            if (error) return reject(error);
            chunks.push((data as { replyStream: ReplyChunk }).replyStream);
            onText(joinChunks(chunks).text);
          },
          error: reject,
          complete: () => resolve(joinChunks(chunks).text),
        });
    });
  }

  test("the real HttpLink gets each piece when it comes, and the end", async () => {
    const gate = createGate();
    colloquy.gemini.onPrompt("parts", [{ text: "first " }, { waitFor: gate }, { text: "then the rest" }]);
    const { replyId } = await alice.send(await alice.createRoom(), "parts");
    const whole = await follow(replyId, (text) => text === "first " && gate.open());
    expect(whole).toBe("first then the rest");
  });

  test("the real HttpLink gets a refusal", async () => {
    await expect(follow("no reply", () => {})).rejects.toMatchObject({
      errors: [{ extensions: { code: "BAD_USER_INPUT" } }],
    });
  });

  test.each([
    MULTIPART,
    'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"',
    "Multipart/Mixed;SubscriptionSpec=1.0, application/json;q=0",
  ])("the wire is as the protocol says: %s", async (accept) => {
    const { replyId } = await alice.send(await alice.createRoom(), "hello");
    const operation = { query: ReplyStream.toString(), variables: { messageId: replyId } };
    const { status, headers, text } = await read(operation, { accept });
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe('multipart/mixed;boundary="graphql";subscriptionSpec=1.0');
    const [preamble, ...parts] = text.split("\r\n--graphql");
    expect([preamble, parts.at(-1)]).toEqual(["", "--\r\n"]);
    const bodies = parts.slice(0, -1).map((part) => {
      const [head, body] = part.split("\r\n\r\n");
      expect(head).toBe("\r\ncontent-type: application/json");
      return JSON.parse(body ?? "") as object;
    });
    expect(bodies[0]).toEqual({});
    expect(bodies.at(-1)).toMatchObject({ payload: { data: { replyStream: { status: "COMPLETE" } } } });
  });

  test("a refusal is a payload for a client that takes nothing else", async () => {
    const { status, text } = await read({ query: "subscription { nothing }" }, { accept: MULTIPART });
    expect(status).toBe(200);
    expect(text).toContain('\r\n\r\n{"payload":{"errors":[{');
    expect(text.endsWith("\r\n--graphql--\r\n")).toBe(true);
  });
});

test.each(["Application/JSON", "application/json ; charset=UTF-8", "APPLICATION/GRAPHQL+JSON;charset=utf-8"])(
  "media types know no case: %s",
  async (type) => {
    for (const body of [JSON.stringify({ query: "{ __typename }" }), "[]", "{", "null"]) {
      const answer = await ask(alice.url, { method: "POST", headers: { "content-type": type }, body });
      expect(answer.status).toBe(body.includes("__typename") ? 200 : 400);
      expect(answer.codes).toEqual(body.includes("__typename") ? [] : ["BAD_USER_INPUT"]);
    }
  },
);
