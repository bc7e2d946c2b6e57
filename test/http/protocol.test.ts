import { request } from "node:http";
import { GRAPHQL_TRANSPORT_WS_PROTOCOL } from "graphql-ws";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { TestClient } from "../_support/client.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { createReply } from "../_support/create-reply.ts";
import { openRawSocket, type RawSocket, type RawSocketOptions } from "../_support/raw-socket.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

// What PROTOCOL.md of graphql-ws expects of a server of graphql-transport-ws.

const TYPENAME = "{ __typename }";
const REPLY = "subscription ($id: ID!) { replyStream(messageId: $id) { attempt } }";

let colloquy: Colloquy;
let alice: TestClient;
let replyId: string;
let logged = 0;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  alice = await colloquy.signIn();
  replyId = await createReply(colloquy.db, { status: "STREAMING", attempt: 1, userId: alice.userId() });
});
afterAll(() => colloquy.close());
beforeEach(() => {
  logged = api().logs.length;
});

const api = () => colloquy.apis[0]!;
/** A client's fault is nothing to log above `info`. */
const complaints = () =>
  api()
    .logs.slice(logged)
    .filter(({ level }) => !(Number(level) < 40));

const open = (options: RawSocketOptions = {}) => openRawSocket(alice.url, { token: alice.token(), ...options });
const subscribe = (id: string, query = TYPENAME, variables?: object) => ({
  id,
  type: "subscribe",
  payload: { query, variables },
});
const complete = (id: string) => ({ id, type: "complete" });
/** What comes for one operation before what comes for a later one. */
async function messagesOf(raw: RawSocket, id: string): Promise<unknown[]> {
  raw.say(subscribe("the end"));
  await raw.until((message) => message.id === "the end" && message.type === "complete");
  return raw.messages.filter((message) => message.id === id);
}

describe("a connection", () => {
  test.each<[string, readonly string[]]>([
    ["none", []],
    ["only the one of subscriptions-transport-ws", ["graphql-ws"]],
    ["one that nobody knows", ["json"]],
  ])("closes with 4406 for a subprotocol that is not acceptable: %s", async (_, protocols) => {
    // `ws` refuses a server that chooses none.
    const status = await new Promise((resolve, reject) => {
      const headers = {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": Buffer.alloc(16).toString("base64"),
        ...(protocols.length > 0 && { "sec-websocket-protocol": protocols.join(", ") }),
      };
      const upgrade = request(alice.url, { headers });
      upgrade.on("upgrade", (_response, socket, head) => {
        const read = (bytes: Buffer) => resolve([bytes[0], bytes.readUInt16BE(2)]);
        if (head.length > 0) read(head);
        else socket.once("data", read);
        socket.once("data", () => socket.destroy());
      });
      upgrade.on("error", reject).end();
    });
    expect(status).toEqual([0x88, 4406]);
  });

  test("takes the protocol out of several", async () => {
    const raw = await open({ protocols: ["graphql-ws", GRAPHQL_TRANSPORT_WS_PROTOCOL] });
    expect(raw.socket.protocol).toBe(GRAPHQL_TRANSPORT_WS_PROTOCOL);
    raw.socket.close();
  });

  test("is acknowledged, with or without a payload", async () => {
    const raw = await open({ init: false });
    raw.say({ type: "connection_init" });
    expect(await raw.until(() => true)).toEqual({ type: "connection_ack" });
    raw.socket.close();
  });

  test("closes with 4408 when it is not initialised", async () => {
    const raw = await open({ init: false });
    expect(await raw.closed).toEqual({ code: 4408, reason: "Connection initialisation timeout" });
  });

  test("closes with 4401 when it subscribes before it is acknowledged", async () => {
    const [first, second] = [await open({ init: false }), await open({ init: false })];
    first.say(subscribe("1"));
    second.sayAtOnce([{ type: "connection_init" }, subscribe("1")]);
    for (const raw of [first, second]) expect(await raw.closed).toEqual({ code: 4401, reason: "Unauthorized" });
  });

  test("closes with 4403 when its token is not valid", async () => {
    for (const authorization of ["Bearer nonsense", "", 7, ["Bearer"]]) {
      const raw = await open({ init: false });
      raw.say({ type: "connection_init", payload: { authorization } });
      expect(await raw.closed).toEqual({ code: 4403, reason: "Forbidden" });
    }
  });

  test("closes with 4429 when it is initialised twice, also at once", async () => {
    const [first, second] = [await open(), await open({ init: false })];
    first.say({ type: "connection_init" });
    second.sayAtOnce([{ type: "connection_init" }, { type: "connection_init" }]);
    for (const raw of [first, second])
      expect(await raw.closed).toEqual({ code: 4429, reason: "Too many initialisation requests" });
  });

  test("answers pings with what they carry, before and after it is initialised", async () => {
    const raw = await open({ init: false });
    raw.say({ type: "ping" });
    expect(await raw.until(() => true)).toEqual({ type: "pong" });
    raw.say({ type: "connection_init" });
    raw.say({ type: "ping", payload: { deep: [{ at: "7" }] } });
    await raw.until(({ payload }) => payload !== undefined);
    expect(raw.messages.slice(1)).toContainEqual({ type: "pong", payload: { deep: [{ at: "7" }] } });
    // Nobody has asked for one, and nothing is wrong with it.
    raw.say({ type: "pong", payload: {} });
    raw.say({ type: "ping", payload: { still: "there" } });
    await raw.until(({ payload }) => JSON.stringify(payload) === '{"still":"there"}');
    raw.socket.close();
  });
});

describe("a message that the protocol does not have closes its socket with 4400, and is nothing to log", () => {
  test.each<[string, unknown]>([
    ["nothing", ""],
    ["no JSON", "{"],
    ["no object", "7"],
    ["null", "null"],
    ["a list", "[]"],
    ["no type", {}],
    ["a type of another type", { type: 7 }],
    ["an unknown type", { type: "start" }],
    ["what only servers say: connection_ack", { type: "connection_ack" }],
    ["what only servers say: next", { type: "next", id: "1", payload: { data: {} } }],
    ["what only servers say: error", { type: "error", id: "1", payload: [{ message: "no" }] }],
    ["an error without errors", { type: "error", id: "1", payload: "x".repeat(1_000) }],
    ["no id", { type: "subscribe", payload: { query: TYPENAME } }],
    ["an empty id", subscribe("")],
    ["an id of another type", { ...subscribe("1"), id: 1 }],
    ["no payload", { id: "1", type: "subscribe" }],
    ["no query", { id: "1", type: "subscribe", payload: {} }],
    ["a query of another type", { id: "1", type: "subscribe", payload: { query: 1 } }],
    ["variables of another type", { id: "1", type: "subscribe", payload: { query: TYPENAME, variables: "{}" } }],
    ["a name of another type", { id: "1", type: "subscribe", payload: { query: TYPENAME, operationName: 1 } }],
    ["extensions of another type", { id: "1", type: "subscribe", payload: { query: TYPENAME, extensions: [] } }],
    ["a complete without an id", { type: "complete" }],
    ["a ping with a list", { type: "ping", payload: [] }],
  ])("%s", async (_, message) => {
    const raw = await open();
    raw.say(message);
    expect(await raw.closed).toEqual({ code: 4400, reason: "Invalid message received" });
    expect(complaints()).toEqual([]);
  });

  test("bytes, though they read as a message", async () => {
    const raw = await open();
    raw.socket.send(Buffer.from(JSON.stringify(subscribe("1"))));
    expect((await raw.closed).code).toBe(4400);
    expect(complaints()).toEqual([]);
  });
});

describe("an operation", () => {
  test("has one next and its complete, when it is a query", async () => {
    const raw = await open();
    raw.say({ id: "1", type: "subscribe", payload: { query: "query A { a: __typename }", operationName: null } });
    await raw.until(({ id, type }) => id === "1" && type === "complete");
    expect(raw.messages.slice(1)).toEqual([
      { id: "1", type: "next", payload: { data: { a: "Query" } } },
      { id: "1", type: "complete" },
    ]);
    raw.socket.close();
  });

  test.each<[string, object]>([
    ["does not parse", { query: "{ me {" }],
    ["does not validate", { query: "{ you }" }],
    ["has no such name", { query: "query A { __typename }", operationName: "B" }],
    ["does not say which of two", { query: "query A { __typename } query B { __typename }" }],
    ["has fragments only", { query: "fragment A on Query { __typename }" }],
  ])("has an error with a code, and nothing else, when it %s", async (_, payload) => {
    const raw = await open();
    raw.say({ id: "1", type: "subscribe", payload });
    const error = await raw.until(({ id }) => id === "1");
    expect(error).toMatchObject({ type: "error", payload: [{ extensions: { code: "BAD_USER_INPUT" } }] });
    expect(await messagesOf(raw, "1")).toEqual([error]);
    // The id is free again.
    raw.say(subscribe("1"));
    await raw.until(({ id, type }) => id === "1" && type === "complete");
    expect(complaints()).toEqual([]);
    raw.socket.close();
  });

  test("takes no notice of variables that it does not declare, and of extensions", async () => {
    const raw = await open();
    const query = "query ($yes: Boolean!) { __typename @include(if: $yes) }";
    const variables = { yes: true, other: { deep: [1, 2, 3] } };
    raw.say({ id: "1", type: "subscribe", payload: { query, variables, extensions: { a: {} } } });
    const { payload } = await raw.until(({ id }) => id === "1");
    expect(payload).toEqual({ data: { __typename: "Query" } });
    raw.socket.close();
  });

  test.each(["1", "ä".repeat(200), "🙂".repeat(31), "x".repeat(5_000)])(
    "closes the socket with 4409 when its id is taken: %.20s",
    async (id) => {
      const raw = await open();
      raw.say(subscribe(id, REPLY, { id: replyId }));
      await raw.until((message) => message.id === id);
      raw.say(subscribe(id));
      const { code, reason } = await raw.closed;
      expect(code).toBe(4409);
      expect(`Subscriber for ${id} already exists`.startsWith(reason)).toBe(true);
      expect(Buffer.byteLength(reason)).toBeGreaterThan(id === "1" ? 10 : 119);
      expect(complaints()).toEqual([]);
    },
  );

  test("closes the socket with 4409 also while it is being opened", async () => {
    const raw = await open();
    raw.sayAtOnce([subscribe("1", REPLY, { id: replyId }), subscribe("1", REPLY, { id: replyId })]);
    expect((await raw.closed).code).toBe(4409);
  });

  test("ends with the client's complete, and no message of it follows", async () => {
    const raw = await open();
    raw.say(subscribe("1", REPLY, { id: replyId }));
    const next = await raw.until(({ id }) => id === "1");
    raw.say(complete("1"));
    raw.say(complete("never heard of"));
    expect(await messagesOf(raw, "1")).toEqual([next]);
    raw.socket.close();
  });

  test("is not disturbed by others of the same socket", async () => {
    const raw = await open();
    const ids = Array.from({ length: 20 }, (_, n) => String(n));
    for (const id of ids) raw.say(subscribe(id));
    await Promise.all(ids.map((id) => raw.until((message) => message.id === id && message.type === "complete")));
    for (const id of ids)
      expect(raw.messages.filter((message) => message.id === id).map(({ type }) => type)).toEqual(["next", "complete"]);
    raw.socket.close();
  });
});
