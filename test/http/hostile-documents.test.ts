import { createClient } from "graphql-ws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import type { TestClient } from "../_support/client.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

let colloquy: Colloquy;
/** Who is signed in may send more over a socket. */
let alice: TestClient;
let url: string;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  alice = await colloquy.signIn();
  ({ url } = alice);
});
afterAll(() => colloquy.close());

/** Longest answer that says what is wrong, in characters: the bound of all errors, and a little around them. */
const MAX_ANSWER = 66_000;
const times = (count: number, part: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => part(n)).join(" ");
const long = (of: string) => of.repeat(250_000 / of.length);

type Operation = Readonly<{ query: string; variables?: Record<string, unknown> }>;

const over: Record<string, (operation: Operation) => Promise<string>> = {
  HTTP: (operation) => fetchText(operation, "application/json"),
  "an event stream": (operation) => fetchText(operation, "text/event-stream"),
  WebSocket: askSocket,
};

async function fetchText(operation: Operation, accept: string): Promise<string> {
  const headers = { "content-type": "application/json", accept };
  return (await fetch(url, { method: "POST", headers, body: JSON.stringify(operation) })).text();
}

async function askSocket(operation: Operation): Promise<string> {
  const client = createClient({
    url: url.replace("http", "ws"),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${alice.token()}` },
  });
  try {
    return await new Promise<string>((resolve, reject) => {
      const tell = (said: unknown) => resolve(JSON.stringify(said));
      client.subscribe(operation, { next: tell, error: tell, complete: () => reject(new Error("nothing was said")) });
    });
  } finally {
    await client.dispose();
  }
}

describe.each(Object.keys(over))("over %s", (transport) => {
  test.each<[string, Operation]>([
    ["the name of an operation", { query: `query ${long("x")}(${times(100, (n) => `$v${n}: Int`)}) { __typename }` }],
    ["the name of a variable", { query: `query ($${long("x")}: Int) { __typename }` }],
    ["the name of a fragment", { query: `{ ${times(90, () => `...${"x".repeat(2_500)}`)} }` }],
    ["the names of fields", { query: `{ ${times(100, (n) => `${"x".repeat(2_000)}${n}`)} }` }],
    ["a name where none belongs", { query: `{ __typename } ${long("x")}` }],
    ["a text where none belongs", { query: `{ __typename } "${long("x")}" {` }],
    ["a text for a number", { query: `{ chatrooms(first: "${long("x")}") { edges { cursor } } }` }],
    ["a number for a number", { query: `{ chatrooms(first: ${long("9")}) { edges { cursor } } }` }],
    [
      "an object for an id",
      { query: `{ chatroom(id: { ${times(200, (n) => `a${n}: "${"x".repeat(1_000)}"`)} }) { id } }` },
    ],
    [
      "a variable's value",
      { query: "query ($n: Int) { chatrooms(first: $n) { edges { cursor } } }", variables: { n: long("x") } },
    ],
    [
      "the values of many variables",
      {
        query: `query (${times(48, (n) => `$v${n}: ID!`)}) { ${times(48, (n) => `a${n}: chatroom(id: $v${n}) { id }`)} }`,
        variables: Object.fromEntries(Array.from({ length: 48 }, (_, n) => [`v${n}`, { ["x".repeat(4_000)]: n }])),
      },
    ],
    [
      "the fields of a variable's value",
      {
        query: "mutation ($input: CreateChatroomInput) { createChatroom(input: $input) { id } }",
        variables: {
          input: Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`${"titel".repeat(400)}${n}`, 1])),
        },
      },
    ],
  ])("an answer repeats little of %s", async (_, operation) => {
    const text = (await over[transport]?.(operation)) ?? "";
    expect(text).toMatch(/"code":"(BAD_USER_INPUT|OPERATION_TOO_COMPLEX)"/);
    expect(text.length).toBeLessThan(MAX_ANSWER);
  });
});
