import { createHmac } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TestClient } from "../../_support/client.ts";
import { DeleteAccount } from "../../_support/account-documents.ts";
import { startColloquy, type Colloquy } from "../../_support/colloquy.ts";
import { dumpRedis } from "../../_support/dump-redis.ts";
import { SendOtp, VerifyOtp } from "../../_support/documents.ts";
import { newPhone } from "../../_support/phones.ts";

const SECRET = "what the SMS provider's adapter knows of us";
type Post = Readonly<{ phone: string; code: string; expiresAt: string; signature: string; body: string }>;
type Answer = (response: ServerResponse) => void;

let colloquy: Colloquy;
let client: TestClient;
const posts: Post[] = [];
const listeners = new Set<() => void>();
/** How the next posts are answered, one after the other; then with 200. */
const answers: Answer[] = [];

const webhook = createServer((request, response) => {
  void text(request).then((body) => {
    const signature = String(request.headers["x-colloquy-signature"]);
    posts.push({ ...(JSON.parse(body) as Omit<Post, "signature" | "body">), signature, body });
    const answer = answers.shift() ?? ((to) => to.end("ok"));
    answer(response);
    for (const look of listeners) look();
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
  const { port } = webhook.address() as AddressInfo;
  colloquy = await startColloquy({
    env: {
      OTP_DELIVERY: "webhook",
      OTP_WEBHOOK_URL: `http://127.0.0.1:${port}/sms?key=a-key-of-the-provider`,
      OTP_WEBHOOK_SECRET: SECRET,
    },
  });
  client = colloquy.client();
});
afterAll(async () => {
  await colloquy.close();
  webhook.close();
  webhook.closeAllConnections();
});

const send = (phone: string) => client.ask(SendOtp, { input: { phone, purpose: "SIGN_IN" } });
const verify = (phone: string, code: string) => client.ask(VerifyOtp, { input: { phone, code } });
const postsTo = (phone: string) => posts.filter((post) => post.phone === phone);
const status =
  (code: number): Answer =>
  (response) =>
    void response.writeHead(code, { location: "/elsewhere" }).end();

/** Resolves when so many posts have come for a number. */
function whenPosted(phone: string, count: number): Promise<Post[]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no post")), 15_000);
    const look = () => {
      if (postsTo(phone).length < count) return;
      clearTimeout(timer);
      listeners.delete(look);
      resolve(postsTo(phone));
    };
    listeners.add(look);
    look();
  });
}

const whenEnded = (outcome: string, after: number) =>
  colloquy.workers[0]!.whenLogged(
    (line) => line["outcome"] === outcome && (colloquy.workers[0]?.logs.indexOf(line) ?? 0) >= after,
  );

test("a code is posted with its number and end, signed, and works", async () => {
  const phone = newPhone();
  const { data } = await send(phone);
  expect(data?.sendOtp.code).toBeNull();
  const [post] = await whenPosted(phone, 1);
  expect(JSON.parse(post!.body)).toEqual({
    phone,
    code: expect.stringMatching(/^\d{6}$/) as string,
    expiresAt: data?.sendOtp.expiresAt,
  });
  const [, time = "", signature] = /^t=(\d+),v1=([\da-f]{64})$/.exec(post!.signature) ?? [];
  expect(signature).toBe(createHmac("sha256", SECRET).update(`${time}.${post!.body}`).digest("hex"));
  expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(30);
  expect((await verify(phone, post!.code)).errors).toEqual([]);
});

test("the answer does not wait for the provider, and a fault of its is tried again until it takes the code", async () => {
  const held: ServerResponse[] = [];
  answers.push((response) => void held.push(response), status(429));
  const phone = newPhone();
  expect((await send(phone)).errors).toEqual([]);
  await whenPosted(phone, 1);

  // While it is under way, Redis holds it, and does not tell.
  const redis = new Redis(colloquy.redis.url);
  const findJobs = async () => (await redis.keys("bull:deliver-otp:*-*-*")).filter((key) => !key.endsWith(":lock"));
  const jobs = await findJobs();
  expect(jobs).toHaveLength(1);
  const stored = JSON.stringify(await redis.hgetall(jobs[0]!));
  expect(stored).toContain("sealed");
  for (const secret of [phone, postsTo(phone)[0]!.code]) expect(stored).not.toContain(secret);

  const logged = colloquy.workers[0]!.logs.length;
  held[0]?.writeHead(503).end();
  const tries = await whenPosted(phone, 3);
  expect(new Set(tries.map(({ body }) => body)).size).toBe(1);
  await whenEnded("delivered", logged);
  await expect.poll(findJobs).toEqual([]);
  redis.disconnect();
  expect((await verify(phone, tries[2]!.code)).errors).toEqual([]);
});

test.each([400, 404, 302])("a webhook that answers %i is not asked again", async (refusal) => {
  answers.push(status(refusal));
  const logged = colloquy.workers[0]!.logs.length;
  const phone = newPhone();
  expect((await send(phone)).errors).toEqual([]);
  await whenEnded("refused", logged);
  expect(postsTo(phone)).toHaveLength(1);
});

test.each([
  ["has expired", { expiresAt: new Date(0) }],
  ["was used", { consumedAt: new Date() }],
])("a code that %s meanwhile is not posted again", async (_, data) => {
  const held: ServerResponse[] = [];
  answers.push((response) => void held.push(response));
  const logged = colloquy.workers[0]!.logs.length;
  const phone = newPhone();
  await send(phone);
  await whenPosted(phone, 1);
  await colloquy.db.otpCode.updateMany({ where: { phone }, data });
  held[0]?.destroy();
  await whenEnded("void", logged);
  expect(postsTo(phone)).toHaveLength(1);
});

test("an account that is deleted takes its code along, wherever that waits", async () => {
  const phone = newPhone();
  await send(phone);
  const [first] = await whenPosted(phone, 1);
  const { data } = await verify(phone, first!.code);
  const device = colloquy.client();
  device.useToken(data?.verifyOtp.accessToken ?? "");
  // Held up so long that it waits for its next try.
  answers.push(...Array.from({ length: 4 }, () => status(503)));
  await colloquy.db.otpCode.updateMany({ where: { phone }, data: { sentAt: new Date(0) } });
  await send(phone);
  const [, second] = await whenPosted(phone, 2);
  const redis = new Redis(colloquy.redis.url);
  await expect.poll(() => redis.zcard("bull:deliver-otp:delayed")).toBe(1);

  await device.request(DeleteAccount, { input: { code: second!.code } });
  answers.length = 0;
  expect(await redis.zcard("bull:deliver-otp:delayed")).toBe(0);
  expect(await redis.keys("bull:deliver-otp:*-*-*")).toEqual([]);
  expect(await dumpRedis(colloquy.redis.url)).not.toContain(phone.slice(1));
  redis.disconnect();
});

// Comes last: it looks at everything that was said.
test("no log has a code, or the address's own secrets", () => {
  const said = JSON.stringify([...colloquy.apis, ...colloquy.workers].map(({ logs }) => logs));
  expect(posts.length).toBeGreaterThan(5);
  for (const { code, phone } of posts) {
    expect(said).not.toContain(`"${code}"`);
    expect(said).not.toContain(phone);
  }
  expect(said).not.toContain("a-key-of-the-provider");
});
