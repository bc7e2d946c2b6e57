import { afterAll, beforeAll, expect, test } from "vitest";
import { sessionsRevokedTopic } from "../../src/features/auth/events.ts";
import type { TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { SendMessage, SendOtp, VerifyOtp } from "../_support/documents.ts";
import { newPhone } from "../_support/phones.ts";
import { post } from "../_support/post.ts";

const NAME = "Ada-who-is-nobody's-business";
const TITLE = "A-title-that-is-nobody's-business";
const QUESTION = "A-question-that-is-nobody's-business";
const ANSWER = "An-answer-that-is-nobody's-business";

let colloquy: Colloquy;
let client: TestClient;
const secrets: Record<string, string> = { NAME, TITLE, QUESTION, ANSWER };

beforeAll(async () => {
  colloquy = await startColloquy({ env: { LOG_LEVEL: "trace" } });
  client = colloquy.client();
});
afterAll(() => colloquy.close());

/** Every line of every process so far. */
const lines = () => [...colloquy.apis, ...colloquy.workers].flatMap(({ logs }) => logs);

/** The names of the secrets that stand in some log. */
function secretsTold(): readonly string[] {
  const told = JSON.stringify(lines());
  return Object.keys(secrets).filter((name) => told.includes(secrets[name] ?? ""));
}

test("nothing of a sign-in and a conversation stands in any log, at any level", async () => {
  const phone = newPhone();
  const { sendOtp } = await client.request(SendOtp, { input: { phone, purpose: "SIGN_IN" } });
  const code = sendOtp.code ?? expect.fail("no code came back");
  await client.ask(VerifyOtp, { input: { phone, code: code === "000000" ? "000001" : "000000", name: NAME } });
  const { verifyOtp } = await client.request(VerifyOtp, { input: { phone, code, name: NAME } });
  client.useToken(verifyOtp.accessToken);
  Object.assign(secrets, { code, access: verifyOtp.accessToken, refresh: verifyOtp.refreshToken });

  colloquy.gemini.onPrompt(QUESTION, [{ text: `${ANSWER} and so` }, { text: " on." }, { finish: "STOP" }]);
  const room = await client.createRoom(TITLE);
  const { replyId } = await client.send(room, QUESTION);
  const watch = client.watchReply(replyId);
  await watch.completed;
  expect(watch.events.at(-1)?.message?.content).toContain(ANSWER);

  await colloquy.workers[0]?.whenLogged((line) => line["replyId"] === replyId && line["outcome"] === "COMPLETE");
  expect(secretsTold()).toEqual([]);
});

test("nor when the database refuses what was said, and quotes it", async () => {
  const room = await client.createRoom();
  await colloquy.db.$executeRawUnsafe(
    `ALTER TABLE "Message" ADD CONSTRAINT "refusal" CHECK ("content" NOT LIKE 'A-q%') NOT VALID`,
  );
  try {
    const { errors } = await client.ask(SendMessage, { input: { chatroomId: room, content: QUESTION } });
    expect(errors[0]?.extensions["code"]).toBe("INTERNAL");
    const requestId = errors[0]?.extensions["requestId"];
    const line = await colloquy.apis[0]?.whenLogged((each) => each["requestId"] === requestId);
    expect(JSON.stringify(line)).toContain("refusal");
    expect(secretsTold()).toEqual([]);
  } finally {
    await colloquy.db.$executeRawUnsafe(`ALTER TABLE "Message" DROP CONSTRAINT "refusal"`);
  }
});

test("nor when the worker cannot save what the model said", async () => {
  colloquy.gemini.onPrompt("once more", [{ text: ANSWER }, { finish: "STOP" }]);
  const room = await client.createRoom();
  await colloquy.db.$executeRawUnsafe(
    `ALTER TABLE "Message" ADD CONSTRAINT "refusal" CHECK ("content" NOT LIKE 'An-a%') NOT VALID`,
  );
  let replyId = "";
  try {
    ({ replyId } = await client.send(room, "once more"));
    const line = await colloquy.workers[0]?.whenLogged(
      (each) => each["replyId"] === replyId && Number(each["level"]) >= 40,
    );
    expect(JSON.stringify(line)).toContain("refusal");
    expect(secretsTold()).toEqual([]);
  } finally {
    await colloquy.db.$executeRawUnsafe(`ALTER TABLE "Message" DROP CONSTRAINT "refusal"`);
  }
  await client.watchReply(replyId).completed;
  expect(secretsTold()).toEqual([]);
});

test("nor what somebody sends that is no operation", async () => {
  const typo = `mutation { sendOtp(input: { phone: "${QUESTION}", code: "${ANSWER}" }) { code }`;
  await post(client.url, { query: typo, variables: { secrets } });
  await post(client.url, JSON.stringify({ query: typo }).slice(0, -5));
  await post(
    client.url,
    { query: "{ me { id } }" },
    { authorization: `Bearer ${secrets["access"]}x`, cookie: QUESTION },
  );
  expect(secretsTold()).toEqual([]);
});

/** The line of a request, once it has ended. */
const requestLine = (accept: (line: Record<string, unknown>) => boolean) =>
  colloquy.apis[0]!.whenLogged((line) => line["msg"] === "request" && accept(line));

test("a request is one line: operation, code, time, bytes, user and id", async () => {
  const query = "query Mine { me { id } }";
  const known = await post(client.url, { query }, { authorization: `Bearer ${client.token()}` });
  const requestId = known.headers.get("x-request-id");
  const said = await requestLine((line) => line["requestId"] === requestId);
  expect(said["ms"]).toBeGreaterThanOrEqual(0);
  expect(said).toMatchObject({
    transport: "http",
    method: "POST",
    path: "/graphql",
    status: 200,
    operation: "Mine",
    kind: "query",
    field: "me",
    userId: (known.data as { me: { id: string } }).me.id,
  });
  const refused = await post(client.url, { query: "{ chatrooms { edges { cursor } } }" });
  const line = await requestLine(({ requestId: id }) => id === refused.headers.get("x-request-id"));
  expect(line).toMatchObject({ errorCode: refused.codes[0], operation: null, field: "chatrooms" });
  expect(line["bytes"]).toBeGreaterThan(refused.text.length);
  expect(line["userId"]).toBeUndefined();
});

test("an operation of a socket is one too, a subscription when it ends", async () => {
  const room = await client.createRoom();
  const { replyId } = await client.send(room, "for the log");
  await client.watchReply(replyId).completed;
  const line = await requestLine(({ transport, field }) => transport === "websocket" && field === "replyStream");
  expect(line["kind"]).toBe("subscription");
  expect([typeof line["userId"], typeof line["requestId"]]).toEqual(["string", "string"]);
  expect(line["bytes"]).toBeGreaterThan(100);
});

test("a reply is one line: model, attempt, tokens, times and outcome", async () => {
  const room = await client.createRoom();
  const { replyId } = await client.send(room, "count this");
  await client.watchReply(replyId).completed;
  const line = await colloquy.workers[0]!.whenLogged((each) => each["replyId"] === replyId && each["msg"] === "reply");
  expect(line).toMatchObject({
    job: "ended",
    outcome: "COMPLETE",
    attempt: 1,
    model: "gemini-3.5-flash-lite",
    finishReason: "STOP",
    errorCode: null,
  });
  for (const name of ["promptTokens", "replyTokens", "firstTokenMs"]) expect(typeof line[name]).toBe("number");
  expect(line["totalMs"]).toBeGreaterThanOrEqual(Number(line["firstTokenMs"]));
});

test("the id of a request is kept if a trusted proxy gives it, and no other", async () => {
  const proxied = await colloquy.startApi({ TRUST_PROXY: "127.0.0.1" });
  const url = `http://127.0.0.1:${proxied.port}/graphql`;
  const ask = async (to: string, id: string) =>
    (await post(to, { query: "{ __typename }" }, { "x-request-id": id })).headers.get("x-request-id");
  expect(await ask(url, "proxy-made-4711")).toBe("proxy-made-4711");
  await proxied.whenLogged((line) => line["requestId"] === "proxy-made-4711");
  for (const odd of ["short", "with blanks in it", "x".repeat(129)]) expect(await ask(url, odd)).not.toBe(odd);
  expect(await ask(client.url, "client-made-4711")).not.toBe("client-made-4711");
});

test("start, signal and end are said, and codes that go to the log", async () => {
  const api = await colloquy.startApi({ OTP_DELIVERY: "log" });
  await api.whenLogged((line) => String(line["msg"]).startsWith("OTP_DELIVERY=log"));
  await colloquy.whenSubscribed(sessionsRevokedTopic.name(""), colloquy.apis.length);
  await api.stop();
  const said = api.logs.map((line) => line["msg"]);
  expect([said[0], ...said.slice(-2)]).toEqual(["API is ready", "stopping", "stopped"]);
  expect(api.logs.at(-2)).toMatchObject({ signal: "SIGTERM" });
});

test("each line says who speaks, how bad it is and what it is about", () => {
  expect(lines().length).toBeGreaterThan(5);
  for (const line of lines()) {
    expect(["api", "worker"]).toContain(line["name"]);
    expect([typeof line["level"], typeof line["msg"]]).toEqual(["number", "string"]);
    expect(Date.parse(String(line["time"]))).toBeGreaterThan(0);
  }
});
