import { connect } from "node:net";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import type { TestClient } from "../_support/client.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { MessageAdded, ReplyStream } from "../_support/documents.ts";
import { openStream, type OpenStream, type StreamOptions } from "../_support/event-stream.ts";
import { startProxy } from "../_support/proxy.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

const MULTIPART = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0";

let colloquy: Colloquy;
let alice: TestClient;
let room: string;
let redis: Redis;

beforeAll(async () => {
  colloquy = await shareColloquy();
  redis = new Redis(colloquy.redis.url);
  alice = await colloquy.signIn();
  room = await alice.createRoom();
});
afterAll(async () => {
  redis.disconnect();
  await colloquy.close();
});

const messages = (chatroomId = room) => ({ query: MessageAdded.toString(), variables: { chatroomId } });
const open = (operation: object, options: StreamOptions = {}): OpenStream =>
  openStream(alice.url, operation, { token: alice.token(), ...options });
/** A feed listens on one channel: as many channels, as many feeds. */
const channels = async () => (await redis.pubsub("CHANNELS", "*:*:*")) as string[];
const PATIENTLY = { interval: 20 };
const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.each([
  ["an event stream", "text/event-stream"],
  ["a multipart answer", MULTIPART],
])("%s", (_, accept) => {
  /** Over a wire on which everything is under way for a while, in either direction. */
  async function delayed(): Promise<string> {
    const proxy = await startProxy(colloquy.apis[0]!.port, { delayMs: 25 });
    onTestFinished(() => proxy.close());
    return `http://127.0.0.1:${proxy.port}/graphql`;
  }

  test.each([0, 1, 2, 3, 5, 10, 20, 30, 40, 50, 55, 60, 70, 80, 100])(
    "leaves nothing behind when it is aborted %i ms after it is asked for",
    async (ms) => {
      const url = await delayed();
      const streams = Array.from({ length: 10 }, () => openStream(url, messages(), { token: alice.token(), accept }));
      for (const { request } of streams) request.on("error", () => {});
      await delay(ms);
      for (const { request } of streams) request.destroy();
      // What was under way has arrived when something that set out later has come back.
      const last = openStream(url, messages(), { token: alice.token(), accept });
      await last.until("\n");
      last.request.on("error", () => {}).destroy();
      await expect.poll(channels, PATIENTLY).toEqual([]);
    },
  );

  test("leaves nothing behind when its reply has ended, or it is left in the middle of it", async () => {
    const gate = createGate();
    colloquy.gemini.onPrompt(`leave ${accept}`, [{ text: "so far" }, { waitFor: gate }, { text: " and on" }]);
    const { replyId } = await alice.send(room, `leave ${accept}`);
    const operation = { query: ReplyStream.toString(), variables: { messageId: replyId } };
    const url = await delayed();
    const [left, ended] = [0, 1].map(() => openStream(url, operation, { token: alice.token(), accept }));
    await Promise.all([left!.until("so far"), ended!.until("so far")]);
    left!.request.on("error", () => {}).destroy();
    gate.open();
    expect(await ended!.until("nothing of the kind")).toContain("COMPLETE");
    await expect.poll(channels, PATIENTLY).toEqual([]);
  });

  test("leaves nothing behind when its session ends", async () => {
    const device = await colloquy.signIn();
    const other = await device.createRoom();
    const stream = open(messages(other), { accept, token: device.token() });
    await stream.until("\n");
    await colloquy.db.session.updateMany({ where: { userId: device.userId() }, data: { revokedAt: new Date() } });
    await stream.until("nothing of the kind");
    await expect.poll(channels, PATIENTLY).toEqual([]);
  });

  test("says what it is, and nobody holds it back", async () => {
    const stream = open(messages(), { accept });
    const { statusCode, headers } = await stream.response;
    expect(statusCode).toBe(200);
    expect(headers["content-type"]?.split(";")[0]).toBe(accept.split(";")[0]);
    expect(headers).toMatchObject({
      "x-accel-buffering": "no",
      "cache-control": "no-store, no-transform",
      vary: "origin",
    });
    expect(headers["x-request-id"]).toMatch(/^[\da-f-]{36}$/);
    stream.request.destroy();
    await expect.poll(channels, PATIENTLY).toEqual([]);
  });
});

describe("a subscription over HTTP", () => {
  test.each([
    "application/json",
    "application/graphql-response+json",
    "multipart/mixed",
    "multipart/mixed;deferSpec=20220824",
    "text/event-stream;q=0",
  ])("needs a client that takes it, and opens nothing for another: %s", async (accept) => {
    const stream = open(messages(), { accept });
    const { statusCode } = await stream.response;
    expect(statusCode).toBe(406);
    if (accept.startsWith("application")) expect(await stream.until("?")).toContain('"code":"BAD_USER_INPUT"');
    expect(await channels()).toEqual([]);
  });

  test("does not wait behind another answer of its connection", async () => {
    const body = JSON.stringify(messages());
    const post = `POST /graphql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${alice.token()}\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const connection = connect(colloquy.apis[0]!.port, "127.0.0.1");
    connection.write(post.repeat(12));
    await new Promise((resolve) => connection.once("data", resolve));
    connection.destroy();
    await expect.poll(channels, PATIENTLY).toEqual([]);
  });
});
