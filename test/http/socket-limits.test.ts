import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestClient } from "../_support/client.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { SendOtp, VerifyOtp } from "../_support/documents.ts";
import { newPhone } from "../_support/phones.ts";
import type { TestProcess } from "../_support/processes.ts";
import { openRawSocket, type RawSocket } from "../_support/raw-socket.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

const MIB = 1024 * 1024;

let colloquy: Colloquy;
let api: TestProcess;
let alice: TestClient;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  [api] = colloquy.apis as [TestProcess];
  alice = await colloquy.signIn();
});
afterAll(() => colloquy.close());

const open = (token?: string) => openRawSocket(alice.url, token === undefined ? {} : { token });
const subscribe = (id: string, query: string, variables?: object) => ({
  id,
  type: "subscribe",
  payload: { query, variables },
});
const codesOf = ({ messages }: RawSocket) =>
  messages
    .filter(({ type }) => type === "error")
    .map(({ payload }) => (payload as { extensions: { code: string } }[])[0]?.extensions.code);

/** Resident memory of the API, in bytes. */
async function memory(): Promise<number> {
  const status = await readFile(`/proc/${api.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024;
}

describe("a socket that takes nothing of what it asks for is closed, and costs little until then", () => {
  const CONTENT = "x".repeat(30_000);
  let messageId: string;

  beforeAll(async () => {
    ({ messageId } = await alice.send(await alice.createRoom(), CONTENT));
  });

  /** A message, and how many of them ask for more than the system's buffers hold. */
  test.each<[string, number, (n: number) => unknown]>([
    ["pongs with what pings carried", 80, () => ({ type: "ping", payload: { x: "x".repeat(200 * 1024) } })],
    ["answers", 80, (n) => subscribe(String(n), contents(8))],
    ["large answers", 20, (n) => subscribe(String(n), contents(40))],
  ])("%s", async (_, count, message) => {
    const [before, closed, raw] = [await memory(), closedSlow(), await open(alice.token())];
    raw.wire.pause();
    for (let n = 0; n < count; n += 1) raw.say(message(n));
    await expect.poll(closedSlow).toBe(closed + 1);
    raw.wire.resume();
    // Whether the close frame still fits depends on what stands before it.
    expect([4308, 1006]).toContain((await raw.closed).code);
    expect((await memory()) - before).toBeLessThan(100 * MIB);
  });

  const closedSlow = () => api.logs.filter(({ msg }) => msg === "closed a slow consumer").length;
  const contents = (times: number) =>
    `{ ${Array.from({ length: times }, (_, n) => `a${n}: message(id: "${messageId}") { content }`).join(" ")} }`;
});

describe("before somebody signs in, a socket", () => {
  test("can sign in", async () => {
    const raw = await open();
    const phone = newPhone();
    raw.say(subscribe("1", SendOtp.toString(), { input: { phone, purpose: "SIGN_IN" } }));
    const sent = (await raw.until(({ id }) => id === "1")).payload as { data: { sendOtp: { code: string } } };
    raw.say(subscribe("2", VerifyOtp.toString(), { input: { phone, code: sent.data.sendOtp.code } }));
    const { payload } = await raw.until(({ id }) => id === "2");
    expect(payload).toMatchObject({ data: { verifyOtp: { user: { phone } } } });
    raw.socket.close();
  });

  test("has ten operations at a time", async () => {
    const raw = await open();
    const variables = () => ({ input: { phone: newPhone(), purpose: "SIGN_IN" } });
    raw.sayAtOnce(Array.from({ length: 25 }, (_, n) => subscribe(String(n), SendOtp.toString(), variables())));
    const ends = () => raw.messages.filter(({ id, type }) => id !== undefined && type !== "next");
    await expect.poll(() => ends().length).toBe(25);
    expect(codesOf(raw)).toEqual(Array.from({ length: 15 }, () => "RATE_LIMITED"));
    raw.socket.close();
  });

  test.each<[string, unknown]>([
    ["a ping", { type: "ping", payload: { x: "x".repeat(16 * 1024) } }],
    ["an operation", subscribe("1", `{ __typename } # ${"x".repeat(16 * 1024)}`)],
  ])("has messages of 16 KiB: %s", async (_, message) => {
    const raw = await open();
    raw.say(message);
    expect(await raw.closed).toEqual({ code: 1009, reason: "Message too big" });
    const signedIn = await open(alice.token());
    signedIn.say(message);
    await signedIn.until(({ type }) => type === "pong" || type === "next");
    signedIn.socket.close();
  });

  test("and so it is with what connection_init carries", async () => {
    const raw = await openRawSocket(alice.url, { init: false });
    raw.say({ type: "connection_init", payload: { authorization: "x".repeat(16 * 1024) } });
    expect((await raw.closed).code).toBe(1009);
  });
});

describe("every message of a socket counts, and who goes on beyond is closed", () => {
  const hundred = (say: (n: number) => void) => Array.from({ length: 100 }, (_, n) => say(n));

  test.each<[string, (raw: RawSocket, n: number) => void]>([
    ["pings", (raw) => raw.say({ type: "ping" })],
    ["pongs", (raw) => raw.say({ type: "pong" })],
    ["completes", (raw, n) => raw.say({ id: String(n), type: "complete" })],
    ["pings of the WebSocket", (raw) => raw.socket.ping()],
    ["pongs of the WebSocket that nobody has asked for", (raw) => raw.socket.pong()],
    ["operations", (raw, n) => raw.say(subscribe(String(n), "{ __typename }"))],
  ])("%s: 120 a minute before somebody signs in", async (_, say) => {
    const raw = await open();
    hundred((n) => say(raw, n));
    raw.say({ type: "ping", payload: { within: 1 } });
    await raw.until(({ payload }) => JSON.stringify(payload) === '{"within":1}');
    hundred((n) => say(raw, 100 + n));
    expect(await raw.closed).toEqual({ code: 4329, reason: "Too many messages" });
  });

  test("long messages count as several", async () => {
    const raw = await open();
    for (let n = 0; n < 55; n += 1) raw.say({ type: "ping", payload: { n, x: "x".repeat(10_000) } });
    await expect.poll(() => raw.messages.length).toBe(56);
    for (let n = 0; n < 40; n += 1) raw.say({ type: "ping", payload: { n, x: "x".repeat(10_000) } });
    expect((await raw.closed).code).toBe(4329);
  });

  test("1,200 a minute once somebody has", async () => {
    const raw = await open(alice.token());
    for (let n = 1; n < 1_150; n += 1) raw.say({ type: "pong" });
    raw.say({ type: "ping" });
    await raw.until(({ type }) => type === "pong");
    for (let n = 0; n < 100; n += 1) raw.say({ type: "pong" });
    expect((await raw.closed).code).toBe(4329);
  });

  test("an address and a user have budgets over all their sockets", async () => {
    const strict = await colloquy.startApi({ REQUESTS_PER_IP: "30", REQUESTS_PER_USER: "10", TRUST_PROXY: "1" });
    const url = `http://127.0.0.1:${strict.port}/graphql`;
    const from = (address: string, token?: string) =>
      openRawSocket(url, { headers: { "x-forwarded-for": address }, ...(token !== undefined && { token }) });
    // Of the user 100 messages, wherever they come from.
    const [one, two] = [await from("198.51.100.1", alice.token()), await from("198.51.100.2", alice.token())];
    for (let n = 0; n < 150; n += 1) for (const raw of [one, two]) raw.say({ type: "pong" });
    expect((await Promise.race([one.closed, two.closed])).code).toBe(4329);
    // Of the address 300, and sockets that are opened count, too.
    const answers = await Promise.all(
      Array.from({ length: 320 }, async () => {
        try {
          await from("198.51.100.3");
          return "opened";
        } catch (error) {
          return (error as Error).message;
        }
      }),
    );
    expect(answers.filter((answer) => answer === "opened").length).toBeLessThanOrEqual(300);
    expect(answers).toContain("Unexpected server response: 429");
  });

  test("who is told RATE_LIMITED again and again is closed", async () => {
    const strict = await colloquy.startApi({ REQUESTS_PER_USER: "5" });
    const raw = await openRawSocket(`http://127.0.0.1:${strict.port}/graphql`, { token: alice.token() });
    for (let n = 0; n < 26; n += 1) {
      raw.say(subscribe(String(n), "{ __typename }"));
      await Promise.race([raw.until(({ id, type }) => id === String(n) && type !== "next"), raw.closed]);
    }
    expect((await raw.closed).code).toBe(4329);
    expect(codesOf(raw)).toEqual(Array.from({ length: 20 }, () => "RATE_LIMITED"));
  });

  test("the words of a socket's operations are at most a MiB", async () => {
    const raw = await open(alice.token());
    const { replyId } = await alice.send(await alice.createRoom(), "hello");
    const query = `subscription ($id: ID!) { replyStream(messageId: $id) { attempt } } # ${"x".repeat(200 * 1024)}`;
    for (let n = 0; n < 6; n += 1) raw.say(subscribe(String(n), query, { id: replyId }));
    const { payload } = await raw.until(({ type }) => type === "error");
    expect(payload).toMatchObject([{ extensions: { code: "RATE_LIMITED", retryAfter: 1 } }]);
    // What has not begun yet counts until it has.
    await raw.until(({ id, type }) => id === "0" && type === "next");
    raw.say({ id: "0", type: "complete" });
    raw.say(subscribe("6", query, { id: replyId }));
    await raw.until(({ id, type }) => id === "6" && type === "next");
    raw.socket.close();
  });
});
