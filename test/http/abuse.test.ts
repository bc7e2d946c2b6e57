import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { ChangePassword, SignIn } from "../_support/account-documents.ts";
import { openDevice } from "../_support/accounts.ts";
import type { TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { GetChatroom, SendOtp, VerifyOtp } from "../_support/documents.ts";
import { newPhone } from "../_support/phones.ts";
import { post } from "../_support/post.ts";
import { within } from "../_support/within.ts";

const PER_IP = 12;

let colloquy: Colloquy;
/** Of an API that does not count addresses: all tests come from one. */
let lenient: TestClient;
/** Of two APIs that do, together. */
let strict: readonly [TestClient, TestClient];

beforeAll(async () => {
  colloquy = await startColloquy({ workers: 0 });
  lenient = colloquy.client();
  const env = { OTP_PER_IP: String(PER_IP) };
  const [one, two] = await Promise.all([colloquy.startApi(env), colloquy.startApi(env)]);
  strict = [colloquy.client(one), colloquy.client(two)];
});
afterAll(() => colloquy.close());

type Answered = Readonly<{ errors: readonly { extensions: Record<string, unknown> }[] }>;
const codesOf = ({ errors }: Answered) => errors.map(({ extensions }) => extensions["code"]);
const send = (client: TestClient, phone: string) => client.ask(SendOtp, { input: { phone, purpose: "SIGN_IN" } });
const guess = (client: TestClient, phone: string, code: string) => client.ask(VerifyOtp, { input: { phone, code } });
const storedCode = (phone: string) =>
  colloquy.db.otpCode.findUnique({ where: { phone_purpose: { phone, purpose: "SIGN_IN" } } });

/** Makes a number's last code one that was sent long ago. */
const age = (phone: string) =>
  colloquy.db.otpCode.updateMany({ where: { phone }, data: { sentAt: new Date(Date.now() - 31_000) } });

function expectLimited(answer: Answered): void {
  expect(codesOf(answer)).toEqual(["RATE_LIMITED"]);
  const { retryAfter } = answer.errors[0]?.extensions ?? {};
  expect(retryAfter).toBeGreaterThan(3_500);
  expect(retryAfter).toBeLessThanOrEqual(3_600);
}

describe("codes are sent", () => {
  test("ten times an hour to one number, and an eleventh leaves the last one as it is", async () => {
    const phone = newPhone();
    for (let sent = 1; sent <= 10; sent += 1) {
      await age(phone);
      expect(codesOf(await send(lenient, phone))).toEqual([]);
      // What is refused as too soon does not count.
      if (sent < 10) expect((await send(lenient, phone)).errors[0]?.extensions["retryAfter"]).toBeLessThanOrEqual(30);
    }
    await age(phone);
    const last = await storedCode(phone);
    expectLimited(await send(lenient, phone));
    expect(await storedCode(phone)).toEqual(last);
    expect(codesOf(await send(lenient, newPhone()))).toEqual([]);
  });

  test("thirty times an hour to the numbers of one range, however many ask at once", async () => {
    const range = newPhone().slice(0, -4);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => send(lenient, `${range}${String(1_000 + n)}`)),
    );
    const refused = answers.filter(({ errors }) => errors.length > 0);
    expect(refused).toHaveLength(10);
    refused.forEach(expectLimited);
    expect(await colloquy.db.otpCode.count({ where: { phone: { startsWith: range } } })).toBe(30);
  });

  test(`${PER_IP} times an hour for one address, whichever process it asks`, async () => {
    const answers = await Promise.all(
      Array.from({ length: PER_IP + 10 }, (_, n) => send(strict[n % 2 ? 0 : 1], newPhone())),
    );
    const refused = answers.filter(({ errors }) => errors.length > 0);
    expect(refused).toHaveLength(10);
    refused.forEach(expectLimited);
    const phone = newPhone();
    expectLimited(await send(strict[0], phone));
    expect(await storedCode(phone)).toBeNull();
  });
});

describe("codes are guessed", () => {
  test("without end by whoever is right", async () => {
    for (let signedIn = 0; signedIn <= PER_IP; signedIn += 1) {
      const phone = newPhone();
      const { data } = await send(lenient, phone);
      expect(codesOf(await guess(strict[0], phone, data?.sendOtp.code ?? ""))).toEqual([]);
    }
  });

  test(`${PER_IP} times an hour by an address, with 200 guesses at as many numbers at once, known or not`, async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => guess(strict[n % 2 ? 0 : 1], newPhone(), "000000")),
    );
    const looked = answers.filter((answer) => codesOf(answer)[0] === "OTP_INVALID");
    expect(looked).toHaveLength(PER_IP);
    answers.filter((answer) => !looked.includes(answer)).forEach(expectLimited);

    // Whoever guesses is kept out, not whom the guesses are about.
    const phone = newPhone();
    const { data } = await send(lenient, phone);
    expectLimited(await guess(strict[0], phone, data?.sendOtp.code ?? ""));
    expect((await storedCode(phone))?.tries).toBe(0);
    expect(codesOf(await guess(lenient, phone, data?.sendOtp.code ?? ""))).toEqual([]);
  });
});

describe("an API behind a proxy gives each", () => {
  let url: string;
  let alice: TestClient;
  let lastAddress = 0;

  beforeAll(async () => {
    const guarded = await colloquy.startApi({
      TRUST_PROXY: "127.0.0.0/8",
      REQUESTS_PER_IP: "5",
      REQUESTS_PER_USER: "5",
      SOCKETS_PER_IP: "3",
      SOCKETS_PER_USER: "2",
    });
    url = colloquy.client(guarded).url;
    alice = await colloquy.signIn();
  });

  /** An address nobody has come from yet. */
  const newAddress = () => `198.51.100.${(lastAddress += 1)}`;
  const ask = (from: string, headers: Record<string, string> = {}) =>
    post(url, { query: "{ me { id } }" }, { "x-forwarded-for": from, ...headers });
  const bearer = () => ({ authorization: `Bearer ${alice.token()}` });

  test("address its requests, whatever it says of whom it asks for", async () => {
    const address = newAddress();
    const answers = await Promise.all(Array.from({ length: 6 }, (_, n) => ask(`203.0.113.${n}, ${address}`)));
    const [refused, ...others] = answers.filter(({ status }) => status !== 200);
    expect(others).toEqual([]);
    const wait = Number(refused?.headers.get("retry-after"));
    expect(refused).toMatchObject({
      status: 429,
      errors: [{ extensions: { code: "RATE_LIMITED", retryAfter: wait } }],
    });
    expect(wait).toBeGreaterThan(50);
    expect(wait).toBeLessThanOrEqual(60);
    expect((await ask(newAddress())).status).toBe(200);
  });

  test("IPv6 network its requests", async () => {
    for (let n = 1; n <= 5; n += 1) expect((await ask(`2001:db8:0:7::${n}`)).status).toBe(200);
    expect((await ask("2001:db8:0:7:ffff::1")).status).toBe(429);
    expect((await ask("2001:db8:0:8::1")).status).toBe(200);
  });

  test("user their requests, from wherever they come and however they are sent", async () => {
    for (let n = 1; n <= 5; n += 1) expect((await ask(newAddress(), bearer())).codes).toEqual([]);
    expect(await ask(newAddress(), bearer())).toMatchObject({ status: 429, codes: ["RATE_LIMITED"] });
    expect((await ask(newAddress())).codes).toEqual([]);
    const { socket } = await open(newAddress(), alice.token());
    const refused = await say(socket, "1", "{ me { id } }");
    expect(refused).toMatchObject({ type: "error", payload: [{ extensions: { code: "RATE_LIMITED" } }] });
    socket.close();
  });

  test.each([
    ["user", 2],
    ["address", 3],
  ])("%s %i sockets, and another when one has gone", async (whose, max) => {
    const [user, address] = [await colloquy.signIn(), newAddress()];
    const from = (): [string, string?] => (whose === "user" ? [newAddress(), user.token()] : [address]);
    const sockets = await Promise.all(Array.from({ length: max }, () => open(...from())));
    expect(sockets.map(({ met }) => met)).toEqual(sockets.map(() => "connection_ack"));
    expect((await open(...from())).met).toBe(4329);
    sockets[0]?.socket.close();
    await expect.poll(async () => (await open(...from())).met).toBe("connection_ack");
  });

  const opened: WebSocket[] = [];
  afterAll(() => opened.forEach((socket) => socket.terminate()));

  /** Opens a socket. @returns what it met: the type of the first message, or the code it was closed with */
  async function open(from: string, token?: string): Promise<{ socket: WebSocket; met: unknown }> {
    const headers = { "x-forwarded-for": from };
    const socket = new WebSocket(url.replace("http", "ws"), "graphql-transport-ws", { headers });
    opened.push(socket);
    const payload = token === undefined ? {} : { authorization: `Bearer ${token}` };
    socket.once("open", () => socket.send(JSON.stringify({ type: "connection_init", payload })));
    const met = await new Promise((resolve) => {
      socket.once("message", (data: Buffer) => resolve((JSON.parse(data.toString()) as { type: string }).type));
      socket.once("close", resolve);
    });
    return { socket, met };
  }

  function say(socket: WebSocket, id: string, query: string): Promise<unknown> {
    return new Promise((resolve) => {
      socket.once("message", (data: Buffer) => resolve(JSON.parse(data.toString())));
      socket.send(JSON.stringify({ type: "subscribe", id, payload: { query } }));
    });
  }
});

test("X-Forwarded-For counts for nothing where no proxy is trusted", async () => {
  const api = await colloquy.startApi({ REQUESTS_PER_IP: "3" });
  const ask = (n: number) =>
    post(colloquy.client(api).url, { query: "{ me { id } }" }, { "x-forwarded-for": `198.51.100.${n}` });
  for (let n = 1; n <= 3; n += 1) expect((await ask(n)).status).toBe(200);
  expect((await ask(4)).status).toBe(429);
});

test("a socket has a hundred subscriptions, and another when one has ended", async () => {
  const alice = await colloquy.signIn();
  const { replyId } = await alice.send(await alice.createRoom(), "hello");
  const watches = Array.from({ length: 100 }, () => alice.watchReply(replyId));
  await Promise.all(watches.map((watch) => watch.until(() => true)));
  await expect(alice.watchReply(replyId).completed).rejects.toMatchObject({
    cause: [{ extensions: { code: "RATE_LIMITED", retryAfter: 1 } }],
  });
  watches[0]?.stop();
  // The socket's messages are taken in their order.
  await alice.watchReply(replyId).until(() => true);
});

// Comes last: Redis does not come back.
test("without Redis nobody signs in, who is signed in goes on, and both are told within three seconds", async () => {
  const { client: alice, phone: hers } = await openDevice(colloquy);
  const password = "four words, none alike";
  await alice.request(ChangePassword, { input: { newPassword: password } });
  const room = await alice.createRoom("Still here");
  const phone = newPhone();
  const { data } = await send(lenient, phone);
  await colloquy.redis.kill();

  await within(3_000, async () => {
    const refused = await Promise.all([
      send(lenient, newPhone()),
      send(strict[0], newPhone()),
      guess(strict[1], phone, data?.sendOtp.code ?? ""),
      lenient.ask(SignIn, { input: { phone: hers, password } }),
    ]);
    expect(refused.map(({ errors }) => errors[0]?.extensions)).toEqual(
      refused.map(() => ({ code: "UNAVAILABLE", retryAfter: 2 })),
    );
    expect((await alice.request(GetChatroom, { id: room })).chatroom?.title).toBe("Still here");
  });
  expect((await storedCode(phone))?.tries).toBe(0);
});
