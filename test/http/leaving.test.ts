import { readdir } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import type { TestClient } from "../_support/client.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { SignOut } from "../_support/documents.ts";
import { createLiveReplies, type LiveReplies } from "../_support/live-replies.ts";
import { startProxy, type Proxy } from "../_support/proxy.ts";
import { openRawSocket, type RawSocket } from "../_support/raw-socket.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

/** Each way, as seconds of a phone's day. */
const DELAY_MS = 50;
const REPLY = "subscription ($id: ID!) { replyStream(messageId: $id) { attempt offset text } }";

let colloquy: Colloquy;
let replies: LiveReplies;
let wire: Proxy;
let alice: TestClient;
let bystander: TestClient;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  bystander = await colloquy.signIn();
  replies = createLiveReplies(colloquy);
  wire = await startProxy(api().port, { delayMs: DELAY_MS });
});
afterAll(async () => {
  replies.close();
  await wire.close();
  await colloquy.close();
});
beforeEach(async () => {
  alice = await colloquy.signIn();
});

const api = () => colloquy.apis[0]!;
const farUrl = () => `http://127.0.0.1:${wire.port}/graphql`;
const subscribe = (id: string, replyId: string) => ({
  id,
  type: "subscribe",
  payload: { query: REPLY, variables: { id: replyId } },
});
/** The API's open files, sockets among them. */
const handles = async () => (await readdir(`/proc/${api().pid}/fd`)).length;

let handlesBefore = 0;
beforeEach(async () => {
  handlesBefore = await handles();
});
/** Connections to PostgreSQL, and those that clients of HTTP keep, may come and go. */
const TOLERANCE = 5;
/** After each way to leave there is nothing left: no feed, no channel, no connection. */
async function expectNothingLeft(): Promise<void> {
  // Whatever was asked before this has begun by then.
  const last = await openRawSocket(alice.url, { token: bystander.token() });
  last.say({ id: "1", type: "subscribe", payload: { query: "subscription { accountChanged { __typename } }" } });
  await last.until(({ id }) => id === "1");
  last.socket.close();
  await expect.poll(() => replies.channels()).toEqual([]);
  await expect.poll(handles).toBeLessThan(handlesBefore + TOLERANCE);
  replies.stop();
}

/** Sockets over the delayed wire, each of which follows a reply of its own. */
async function follow(count: number): Promise<RawSocket[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const replyId = await replies.begin(alice.userId());
      const raw = await openRawSocket(farUrl(), { token: alice.token() });
      raw.say(subscribe("1", replyId));
      await raw.until(({ type }) => type === "next");
      return raw;
    }),
  );
}

describe("in mid-reply, over a wire of 50 ms each way, nothing is left of who", () => {
  test.each<[string, (raw: RawSocket) => void]>([
    ["closes the socket", (raw) => raw.socket.close(1000)],
    ["closes it without a code", (raw) => raw.socket.close()],
    ["ends the connection without a close frame", (raw) => raw.wire.end()],
    ["cuts it", (raw) => raw.socket.terminate()],
    ["resets it", (raw) => void raw.wire.resetAndDestroy()],
    ["completes, and closes", (raw) => (raw.say({ id: "1", type: "complete" }), raw.socket.close(1000))],
    ["says what is no message", (raw) => raw.say("{")],
    ["says what is no frame", (raw) => void raw.wire.write(Buffer.from([0xf1, 0x80, 0, 0, 0, 0]))],
    ["subscribes under the same id", (raw) => raw.say(subscribe("1", "another"))],
    ["is initialised twice", (raw) => raw.say({ type: "connection_init" })],
  ])("%s", async (_, leave) => {
    const sockets = await follow(15);
    expect(await replies.channels()).toHaveLength(15);
    for (const raw of sockets) leave(raw);
    await Promise.all(sockets.map(({ closed }) => closed));
    await expectNothingLeft();
  });

  test("completes, and stays", async () => {
    const sockets = await follow(5);
    for (const raw of sockets) raw.say({ id: "1", type: "complete" });
    await expect.poll(() => replies.channels()).toEqual([]);
    for (const raw of sockets) raw.socket.close();
    await expectNothingLeft();
  });

  test("is signed out", async () => {
    const sockets = await follow(5);
    await alice.request(SignOut);
    for (const raw of sockets) expect((await raw.closed).code).toBe(4403);
    await expectNothingLeft();
  });

  test("is lost by the network", async () => {
    const sockets = await follow(5);
    wire.cut();
    for (const raw of sockets) expect((await raw.closed).code).toBe(1006);
    await expectNothingLeft();
  });
});

test("nothing is left of whose token expires in mid-reply", async () => {
  const brief = await colloquy.startApi({ ACCESS_TOKEN_TTL: "4s" });
  const proxy = await startProxy(brief.port, { delayMs: DELAY_MS });
  const bob = await colloquy.signIn(brief);
  const sockets = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const replyId = await replies.begin(bob.userId());
      const raw = await openRawSocket(`http://127.0.0.1:${proxy.port}/graphql`, { token: bob.token() });
      raw.say(subscribe("1", replyId));
      await raw.until(({ type }) => type === "next");
      return raw;
    }),
  );
  for (const raw of sockets) expect((await raw.closed).code).toBe(4403);
  await expect.poll(() => replies.channels()).toEqual([]);
  await proxy.close();
  await brief.stop();
  replies.stop();
});

describe("at every moment of the opening, nothing is left of who", () => {
  test.each<[string, (raw: RawSocket) => void]>([
    ["closes the socket", (raw) => raw.socket.close(1000)],
    ["cuts it", (raw) => raw.socket.terminate()],
    ["completes", (raw) => raw.say({ id: "1", type: "complete" })],
  ])("%s", async (_, leave) => {
    const replyIds = await Promise.all(Array.from({ length: 40 }, () => replies.begin(alice.userId())));
    const sockets = await Promise.all(replyIds.map(() => openRawSocket(alice.url, { token: alice.token() })));
    await Promise.all(
      sockets.map(async (raw, n) => {
        raw.say(subscribe("1", replyIds[n]!));
        await delay(n % 8);
        leave(raw);
      }),
    );
    for (const raw of sockets) raw.socket.close();
    await Promise.all(sockets.map(({ closed }) => closed));
    await expectNothingLeft();
    expect(await replies.channels()).toEqual([]);
  });

  test("closes it in the same packet", async () => {
    const replyIds = await Promise.all(Array.from({ length: 20 }, () => replies.begin(alice.userId())));
    const sockets = await Promise.all(replyIds.map(() => openRawSocket(farUrl(), { token: alice.token() })));
    for (const [n, raw] of sockets.entries()) {
      raw.wire.cork();
      raw.say(subscribe("1", replyIds[n]!));
      raw.socket.close(1000);
      raw.wire.uncork();
    }
    await Promise.all(sockets.map(({ closed }) => closed));
    await expectNothingLeft();
    expect(await replies.channels()).toEqual([]);
  });
});

describe("an id that is used again at once", () => {
  const texts = (raw: RawSocket) =>
    raw.messages.filter(({ type }) => type === "next").map(({ payload }) => JSON.stringify(payload));

  test("stands for the last operation only, and that one can be stopped", async () => {
    const [replyId, raw] = [
      await replies.begin(alice.userId()),
      await openRawSocket(farUrl(), { token: alice.token() }),
    ];
    raw.sayAtOnce([subscribe("1", replyId), { id: "1", type: "complete" }, subscribe("1", replyId)]);
    await expect.poll(() => raw.messages.length).toBeGreaterThan(20);
    // No chunk twice.
    expect(new Set(texts(raw)).size).toBe(texts(raw).length);
    raw.say({ id: "1", type: "complete" });
    await expect.poll(() => replies.channels()).toEqual([]);
    raw.socket.close();
    await expectNothingLeft();
  });

  test("never gets another one's result", async () => {
    const [replyId, raw] = [
      await replies.begin(alice.userId()),
      await openRawSocket(farUrl(), { token: alice.token() }),
    ];
    const query = { id: "1", type: "subscribe", payload: { query: "mutation { createChatroom { title } }" } };
    raw.sayAtOnce([query, { id: "1", type: "complete" }, subscribe("1", replyId)]);
    await expect.poll(() => raw.messages.length).toBeGreaterThan(10);
    expect(texts(raw).filter((text) => !text.includes("replyStream"))).toEqual([]);
    expect(raw.messages.filter(({ type }) => type === "complete")).toEqual([]);
    raw.sayAtOnce([
      { id: "1", type: "complete" },
      { ...query, id: "2" },
    ]);
    const own = await raw.until(({ id, type }) => id === "2" && type === "next");
    expect(JSON.stringify(own.payload)).toContain("createChatroom");
    raw.socket.close();
    await expectNothingLeft();
  });

  test("a hundred and thirty times leaves one feed, and the socket as it was", async () => {
    const [replyId, raw] = [
      await replies.begin(alice.userId()),
      await openRawSocket(alice.url, { token: alice.token() }),
    ];
    for (let round = 0; round < 130; round += 1) {
      raw.say(subscribe("1", replyId));
      raw.say({ id: "1", type: "complete" });
    }
    raw.say(subscribe("1", replyId));
    await raw.until(({ id, type }) => id === "1" && type === "next");
    expect(raw.messages.filter(({ type }) => type === "error" || type === "complete")).toEqual([]);
    raw.say({ id: "1", type: "complete" });
    await expect.poll(() => replies.channels()).toEqual([]);
    raw.socket.close();
    await expectNothingLeft();
  });

  test.each([101, 150])("%i subscriptions at once leave exactly a hundred", async (count) => {
    const replyIds = await Promise.all(Array.from({ length: count }, () => replies.begin(alice.userId())));
    const raw = await openRawSocket(alice.url, { token: alice.token() });
    raw.sayAtOnce(replyIds.map((replyId, n) => subscribe(String(n), replyId)));
    await expect.poll(async () => (await replies.channels()).length).toBe(100);
    const refused = () => raw.messages.filter(({ type }) => type === "error");
    await expect.poll(() => refused().length).toBe(count - 100);
    for (const { payload } of refused()) expect(payload).toMatchObject([{ extensions: { code: "RATE_LIMITED" } }]);
    expect((await replies.channels()).length).toBe(100);
    raw.socket.close();
    await expectNothingLeft();
  });
});
