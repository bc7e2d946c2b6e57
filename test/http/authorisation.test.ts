import { createClient } from "graphql-ws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { startFakeStripe, type FakeStripe } from "../../tools/fakes/stripe.ts";
import { schema } from "../../src/http/graphql/schema.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { CHECKOUT, PASSWORD, RULES, type Rule, type Things } from "../_support/operation-rules.ts";
import { newPhone } from "../_support/phones.ts";
import { SendQueued } from "../_support/queue-documents.ts";
import { post } from "../_support/post.ts";

/** Callers without a right: all but the stranger are, or were, the owner's own devices. */
const CALLERS = ["a stranger", "signed out", "expired", "revoked"] as const;

type Caller = (typeof CALLERS)[number];

let stripe: FakeStripe;
let colloquy: Colloquy;
let url: string;
let tokens: Readonly<Record<Caller | "owner", string | undefined>>;
let things: Things;

beforeAll(async () => {
  stripe = await startFakeStripe();
  colloquy = await startColloquy({ workers: 0, env: stripe.env });
  const brief = await colloquy.startApi({ ACCESS_TOKEN_TTL: "1s" });
  const owner = colloquy.client();
  url = owner.url;
  const [phone, strangersPhone] = [newPhone(), newPhone()];
  const briefUrl = colloquy.client(brief).url;
  const [mine, expired, revoked, stranger] = [
    await signIn(url, phone),
    await signIn(briefUrl, phone),
    await signIn(url, phone),
    await signIn(url, strangersPhone),
  ];
  owner.useToken(mine.token);
  await colloquy.db.session.update({ where: { id: revoked.session }, data: { revokedAt: new Date() } });
  await whenRefused(expired.token);
  tokens = {
    owner: mine.token,
    "a stranger": stranger.token,
    "signed out": undefined,
    expired: expired.token,
    revoked: revoked.token,
  };

  for (const { token } of [mine, stranger]) await post(url, { query: CHECKOUT }, { authorization: `Bearer ${token}` });
  const room = await owner.createRoom("Of the heart");
  const { messageId, replyId } = await owner.send(room, "between us");
  await endReply(replyId, "COMPLETE", "never tell");
  const sent = await owner.send(await owner.createRoom("Of the heart"), "also between us");
  await endReply(sent.replyId, "FAILED", "");
  const busy = await owner.createRoom("Of the heart");
  await owner.send(busy, "between us");
  const { sendMessage } = await owner.request(SendQueued, {
    input: { chatroomId: busy, content: "between us", whileReplying: "QUEUE" },
  });
  const useless = await owner.send(await owner.createRoom("Of the heart"), "between us");
  await endReply(useless.replyId, "COMPLETE", "never tell");
  const codes = await Promise.all(Array.from({ length: CALLERS.length + 1 }, () => sendCode(url, newPhone())));
  const phones = codes.map(() => newPhone());
  const others = await Promise.all(phones.map((each) => signIn(url, each)));
  const setPassword = `mutation { changePassword(input: { newPassword: "${PASSWORD}" }) }`;
  await post(url, { query: setPassword }, { authorization: `Bearer ${others[0]?.token}` });
  things = {
    room,
    message: messageId,
    useless: useless.messageId,
    deletable: await owner.createRoom("Of the heart"),
    reply: replyId,
    phone,
    strangersPhone,
    queued: sendMessage.message.id,
    blocked: sent.replyId,
    session: revoked.session,
    codes,
    refreshTokens: others.map(({ refreshToken }) => refreshToken),
    withPassword: phones[0] ?? "",
    resetCodes: await Promise.all(phones.map((each) => sendCode(url, each, "RESET_PASSWORD"))),
    secrets: [phone, mine.session, "Of the heart", "between us", "never tell"],
  };
});
afterAll(async () => {
  await colloquy.close();
  await stripe.close();
});

test("every operation of the schema is on the list", () => {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const names = roots.flatMap((root) => Object.keys(root?.getFields() ?? {}).map((name) => `${root?.name}.${name}`));
  expect(Object.keys(RULES).toSorted()).toEqual(names.toSorted());
});

describe.each(Object.entries(RULES))("%s", (name, rule) => {
  test.each(CALLERS)("tells somebody who is %s nothing of the owner's", async (caller) => {
    const answer = await run(rule, await tokenOf(rule, caller));
    expect(answer.codes).toEqual(refusalOf(rule, caller));
    for (const secret of things.secrets) expect(answer.text).not.toContain(secret);
  });

  test("serves the owner", async () => {
    const answer = await run(rule, await tokenOf(rule, "owner"));
    expect(answer.codes).toEqual([]);
    expect(answer.text).toContain(`"${name.split(".")[1]}":`);
  });

  if (!name.startsWith("Subscription.")) return;
  test.each([...CALLERS, "owner"] as const)("does the same over WebSocket for %s", async (caller) => {
    // A socket with a token that is no longer valid is not let in at all.
    const invalid = caller === "expired" || caller === "revoked";
    const refusal = caller === "owner" ? undefined : refusalOf(rule, caller)[0];
    const expected = invalid ? 4403 : (refusal ?? "an event");
    expect(await subscribe(rule, tokens[caller])).toBe(expected);
  });
});

async function tokenOf({ signInAgain }: Rule, caller: Caller | "owner"): Promise<string | undefined> {
  const phone = caller === "owner" ? things.phone : things.strangersPhone;
  const again = signInAgain && (caller === "owner" || caller === "a stranger");
  return again ? (await signIn(url, phone)).token : tokens[caller];
}

function refusalOf({ stranger }: Rule, caller: Caller): string[] {
  if (stranger === "anybody") return [];
  if (caller !== "a stranger") return ["UNAUTHENTICATED"];
  return stranger === "own" ? [] : [stranger];
}

/** Asks over HTTP; of a subscription, over SSE, what comes up to its first event. */
async function run(rule: Rule, token: string | undefined): Promise<{ text: string; codes: unknown[] }> {
  await rule.before?.(colloquy.db, things);
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: rule.document.startsWith("subscription") ? "text/event-stream" : "application/json",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query: rule.document, variables: rule.variables?.(things) }),
    signal: AbortSignal.timeout(10_000),
  });
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (/^data: .*\}\n/m.test(text)) break;
  }
  const body = /^data: (.*)$/m.exec(text)?.[1] ?? text;
  const { errors = [] } = JSON.parse(body) as { errors?: { extensions: { code: string } }[] };
  return { text, codes: errors.map(({ extensions }) => extensions.code) };
}

/** What a subscription meets first over WebSocket: an event, an error's code, or the close code. */
async function subscribe(rule: Rule, token: string | undefined): Promise<unknown> {
  const client = createClient({
    url: url.replace("http", "ws"),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  try {
    return await new Promise((resolve) => {
      client.subscribe(
        { query: rule.document, variables: rule.variables?.(things) ?? {} },
        {
          next: ({ errors }) => resolve(errors?.[0]?.extensions?.["code"] ?? "an event"),
          error: (error) => {
            const [first] = Array.isArray(error) ? (error as { extensions: { code: string } }[]) : [];
            resolve(first?.extensions.code ?? (error as { code?: number }).code);
          },
          complete: () => resolve("nothing"),
        },
      );
    });
  } finally {
    await client.dispose();
  }
}

/** Waits until the API sends a socket with this token away, which it does when the token expires. */
function whenRefused(token: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = (event: unknown) =>
      (event as { code: number }).code === 4403 ? resolve() : reject(new Error("closed for another reason"));
    createClient({
      url: url.replace("http", "ws"),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      lazy: false,
      onNonLazyError: () => {},
      connectionParams: { authorization: `Bearer ${token}` },
      on: { closed },
    });
  });
}

/** Signs in once more, as if the number's last code were long ago. */
async function signIn(at: string, phone: string) {
  await colloquy.db.otpCode.deleteMany({ where: { phone } });
  const query =
    "mutation ($input: VerifyOtpInput!) { verifyOtp(input: $input) { accessToken refreshToken session { id } } }";
  const { data } = await post(at, { query, variables: { input: await sendCode(at, phone) } });
  const { verifyOtp } = data as {
    verifyOtp: { accessToken: string; refreshToken: string; session: { id: string } };
  };
  return { token: verifyOtp.accessToken, refreshToken: verifyOtp.refreshToken, session: verifyOtp.session.id };
}

async function sendCode(at: string, phone: string, purpose = "SIGN_IN"): Promise<{ phone: string; code: string }> {
  const query =
    "mutation ($phone: String!, $purpose: OtpPurpose!) { sendOtp(input: { phone: $phone, purpose: $purpose }) { code } }";
  const { data } = await post(at, { query, variables: { phone, purpose } });
  return { phone, code: (data as { sendOtp: { code: string } }).sendOtp.code };
}

/** Ends a reply as a worker would, of which there is none here. */
async function endReply(id: string, status: "COMPLETE" | "FAILED", content: string): Promise<void> {
  const errorCode = status === "FAILED" ? "MODEL_TIMEOUT" : null;
  const data = { status, content, errorCode, seq: 2, finishedAt: new Date(), chargedOn: null };
  const { chatroomId } = await colloquy.db.message.update({ where: { id }, data });
  await colloquy.db.chatroom.update({ where: { id: chatroomId }, data: { seq: 2 } });
}
