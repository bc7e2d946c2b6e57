import { afterAll, beforeAll, expect, test } from "vitest";
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

  await colloquy.workers[0]?.whenLogged((line) => line["replyId"] === replyId && line["outcome"] === "ended");
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

test("each line says who speaks, how bad it is and what it is about", () => {
  expect(lines().length).toBeGreaterThan(5);
  for (const line of lines()) {
    expect(["api", "worker"]).toContain(line["name"]);
    expect([typeof line["level"], typeof line["msg"]]).toEqual(["number", "string"]);
    expect(Date.parse(String(line["time"]))).toBeGreaterThan(0);
  }
});
