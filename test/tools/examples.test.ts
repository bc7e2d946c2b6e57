import { createServer, type AddressInfo } from "node:net";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import {
  createAccessTokens,
  SignedOut,
  type AccessToken,
  type AccessTokens,
} from "../../packages/client/src/session/access-tokens.ts";
import {
  OpenRoom,
  WatchReply,
  WatchRoom,
  type OpenRoomData,
  type OpenRoomVariables,
} from "../../packages/client/src/documents.ts";
import { watchOnOneStream } from "../../packages/client/src/live/one-stream.ts";
import { createRenewal } from "../../packages/client/src/session/renewing.ts";
import { NO_TEXT, positionOf, type ReplyText } from "../../packages/client/src/reply/reply-text.ts";
import type { Subscribe } from "../../packages/client/src/live/resuming.ts";
import { watchReply, type FinishedReply } from "../../packages/client/src/watch.ts";
import { TypedDocumentString } from "../../tools/generated/graphql/graphql.ts";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { numberedChunks, numberedText } from "../../tools/fakes/gemini/text.ts";
import { createAccessToken } from "../../src/features/auth/access-token.ts";
import { readConfig } from "../../src/config.ts";
import { openDevice } from "../_support/accounts.ts";
import type { TestClient } from "../_support/client.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { GetMessage, RetryReply, SignOut } from "../_support/documents.ts";
import { openSubject, type Kind, type Subject } from "../_support/example-clients.ts";
import { startProxy, type Proxy } from "../_support/proxy.ts";
import { createWatch, type Watch } from "../_support/watch.ts";

const JWT_SECRET = "what the tests sign access tokens with, as the API does";
const CHUNKS = { chunks: 100, size: 24, unicode: true };
const TEXT = numberedText(CHUNKS);
const PARTS = numberedChunks(CHUNKS);

let colloquy: Colloquy;
let alice: TestClient;
const open: { close(): void | Promise<void> }[] = [];

beforeAll(async () => {
  colloquy = await startColloquy({ apis: 2, env: { JWT_SECRET } });
  alice = await colloquy.signIn();
});
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await colloquy.close();
});

describe.each(["graphql-ws", "graphql-sse", "Apollo Client", "urql"] as const)("with %s", (kind) => {
  const overSse = kind === "graphql-sse";

  test("a reply cut off three times in mid-stream ends with the stored text, and no piece came twice", async () => {
    const { subject, proxy } = await start(kind);
    const { replyId } = await alice.send(await alice.createRoom(), "[[fake: chunks=100 delay=20 size=24 unicode]]");
    const watch = follow(subject, replyId);
    for (const share of [0.2, 0.45, 0.7]) {
      await watch.until(({ text }) => text.length > TEXT.length * share);
      proxy.cut();
    }
    await expectWhole(watch, subject, replyId);
    expect(subject.broken).toHaveLength(3);
  });

  test("a reply goes on at another process when this one is stopped, with what was written meanwhile", async () => {
    const api = await colloquy.startApi();
    const { subject, proxy } = await start(kind, { port: api.port });
    const reply = await askInHalves(`stopped under ${kind}`);
    const watch = follow(subject, reply.id);
    await watch.until(({ text }) => text.length === TEXT.length / 2);

    proxy.refuse();
    const refusedTwice = proxy.when(({ refused }) => refused >= 2);
    expect((await api.stop()).code).toBe(0);
    await refusedTwice;
    reply.goOn();
    await alice.watchReply(reply.id).completed;
    proxy.switchTo(colloquy.apis[1]!.port);
    proxy.accept();

    await expectWhole(watch, subject, reply.id);
    if (!overSse) expect(subject.broken[0]).toMatchObject({ code: 1012 });
  });

  test("a token that has expired by the time of a reconnect is renewed, once", async () => {
    const stale = await mintToken("15m", new Date(Date.now() - 3_600_000));
    const given = [alice.token(), stale];
    const refused: string[] = [];
    const tokens: AccessTokens = {
      get: () => Promise.resolve(given.shift() ?? alice.token()),
      refuse: (token) => void refused.push(token),
    };
    const { subject, proxy } = await start(kind, { tokens });
    const reply = await askInHalves(`stale under ${kind}`);
    const watch = follow(subject, reply.id);
    await watch.until(({ text }) => text.length === TEXT.length / 2);
    proxy.cut();
    reply.goOn();
    await expectWhole(watch, subject, reply.id);
    expect(refused).toEqual([stale]);
    expect(subject.broken).toHaveLength(2);
  });

  test("a token that expires in mid-reply is renewed, and nothing is lost", async () => {
    const { phone } = await colloquy.db.user.findUniqueOrThrow({ where: { id: alice.userId() } });
    const kept = [(await openDevice(colloquy, phone)).tokens.refreshToken];
    const store = { read: () => kept.at(-1) ?? null, write: (token: string) => void kept.push(token) };
    const renew = createRenewal(alice.url, store);
    // The device's clock is slow: it takes the token for good until the server closes the socket.
    const reply = await askInHalves(`expiring under ${kind}`);
    const first = { token: await mintToken("3s"), expiresAt: new Date(Date.now() + 900_000) };
    const { subject } = await start(kind, { tokens: createAccessTokens(renew, first) });
    const watch = follow(subject, reply.id);
    await watch.until(({ text }) => text.length === TEXT.length / 2);
    // A socket is closed with 4403; an event stream is cut, and refused when it comes back with the old token.
    await subject.whenBroken((cause) => (overSse ? codeOf(cause) === "UNAUTHENTICATED" : codeOf(cause) === 4403));
    reply.goOn();
    await expectWhole(watch, subject, reply.id);
    // Renewed once, and with what was kept it can be done again.
    expect(kept).toHaveLength(2);
    await expect(renew()).resolves.toMatchObject({ token: expect.any(String) as string });
    expect(new Set(kept).size).toBe(3);
  });

  test("a session that was ended gives no new token, and that ends it", async () => {
    const device = await openDevice(colloquy);
    const renew = createRenewal(alice.url, { read: () => device.tokens.refreshToken, write: () => {} });
    await device.client.request(SignOut);
    const { subject } = await start(kind, { tokens: createAccessTokens(renew) });
    const ending = await failure(follow(subject, "01a1ffca-a817-751a-8420-6b7e3907cbfe"));
    expect(String(ending)).toContain("sign in again");
  });

  test("a room brings each message once and in order, whatever was said while the connection was away", async () => {
    const { subject, proxy } = await start(kind);
    const room = await alice.createRoom();
    const known = [await exchange(room, "before")];
    const watch = subject.watchRoom(room, () => openRoom(room));
    await colloquy.whenSubscribed(`message:added:${room}`);
    known.push(await exchange(room, "live"));
    await watch.until((message) => message.id === known.at(-1)?.replyId);

    proxy.refuse();
    proxy.cut();
    known.push(await exchange(room, "missed"), await exchange(room, "missed too"));
    await proxy.when(({ refused }) => refused >= 2);
    proxy.switchTo(colloquy.apis[1]!.port);
    proxy.accept();
    await watch.until((message) => message.id === known.at(-1)?.replyId);

    proxy.cut();
    known.push(await exchange(room, "once more"));
    await watch.until((message) => message.id === known.at(-1)?.replyId);

    const added = known.slice(1).flatMap(({ messageId, replyId }) => [messageId, replyId]);
    expect(watch.events.map(({ id }) => id)).toEqual(added);
    expect(subject.results.slice(2, 6).map(({ extensions }) => extensions?.["live"])).toEqual([
      false,
      false,
      false,
      true,
    ]);
    expect(subject.shownMessages()).toEqual([known[0]!.messageId, known[0]!.replyId, ...added]);
  });

  test("a room's last reply that was retried while the reader was away comes to it", async () => {
    const { subject, proxy } = await start(kind);
    const room = await alice.createRoom();
    await exchange(room, "before");
    const watch = subject.watchRoom(room, () => openRoom(room));
    await colloquy.whenSubscribed(`message:added:${room}`);
    const { replyId } = await exchange(room, `under ${kind} [[fake: block times=1]]`);
    await watch.until(({ id, status }) => id === replyId && status === "BLOCKED");

    proxy.refuse();
    proxy.cut();
    await alice.request(RetryReply, { messageId: replyId });
    await alice.watchReply(replyId).completed;
    const after = await exchange(room, "afterwards");
    proxy.accept();
    await watch.until(({ id }) => id === after.replyId);
    expect(watch.events.filter(({ id }) => id === replyId).map(({ status }) => status)).toEqual([
      "BLOCKED",
      "COMPLETE",
    ]);
    const shown = subject.shownMessages();
    expect(shown.slice(-3)).toEqual([replyId, after.messageId, after.replyId]);
    expect(new Set(shown).size).toBe(shown.length);
  });

  test("somebody else's reply ends it at once: trying again would not change that", async () => {
    const stranger = await colloquy.signIn();
    const { replyId } = await stranger.send(await stranger.createRoom(), "mine");
    const { subject } = await start(kind);
    expect(codeOf(await failure(follow(subject, replyId)))).toBe("NOT_FOUND");
    expect(subject.broken).toEqual([]);
  });

  test.each([
    ["a new token that is refused as well", () => Promise.resolve("forged too")],
    ["a session that gives no new token", () => Promise.reject(new SignedOut("the session was revoked"))],
  ])("%s ends it", async (_, renew) => {
    const given: (() => Promise<string>)[] = [() => Promise.resolve("forged"), renew];
    const refused: string[] = [];
    const tokens: AccessTokens = {
      get: () => given.shift()?.() ?? Promise.reject(new Error("asked for a third token")),
      refuse: (token) => void refused.push(token),
    };
    const { subject } = await start(kind, { tokens });
    const ending = await failure(follow(subject, "01a1ffca-a817-751a-8420-6b7e3907cbfe"));
    expect(String(ending)).not.toContain("third token");
    expect(given).toEqual([]);
    expect(refused).toEqual(["forged"]);
  });
});

describe("graphql-ws", () => {
  test.each([1000, 1013, 4308, 4499])("a socket closed with %i is replaced, and the reply goes on", async (code) => {
    const { subject } = await start("graphql-ws");
    const reply = await askInHalves(`closed with ${code}`);
    const watch = follow(subject, reply.id);
    await watch.until(({ text }) => text.length === TEXT.length / 2);
    subject.socket().close(code);
    reply.goOn();
    await expectWhole(watch, subject, reply.id);
    // After 1000 graphql-ws subscribes again by itself, whatever its options say.
    expect(subject.broken).toHaveLength(code === 1000 ? 0 : 1);
  });

  test("cut after every single event, a reply still is whole", async () => {
    const { subject, proxy } = await start("graphql-ws");
    const { replyId } = await alice.send(await alice.createRoom(), "[[fake: chunks=100 delay=10 size=24 unicode]]");
    const watch = createWatch<ReplyText<FinishedReply>>((sink) =>
      subject.watchReply(replyId, {
        error: sink.error,
        next(reply) {
          sink.next(reply);
          if (!reply.message) proxy.cut();
        },
      }),
    );
    await expectWhole(watch, subject, replyId);
    // Not as many as there were events: two may come in one packet.
    expect(subject.broken.length).toBeGreaterThan(5);
  });

  test.each([
    ["graphql-ws", { pingEveryMs: 50, answerLimitMs: 200 }, { code: 4499 }],
    ["graphql-sse", { silenceLimitMs: 400 }, { message: expect.stringContaining("not been heard of") as string }],
  ] as const)("a network that falls silent is noticed by %s, and the reply goes on", async (kind, limits, cause) => {
    const { subject, proxy } = await start(kind, limits);
    const reply = await askInHalves(`silence under ${kind}`);
    const watch = follow(subject, reply.id);
    await watch.until(({ text }) => text.length === TEXT.length / 2);
    proxy.freeze();
    reply.goOn();
    await expectWhole(watch, subject, reply.id);
    expect(subject.broken[0]).toMatchObject(cause);
  });

  test("a handshake that hangs is given up, again and again, and harms nothing", async () => {
    // `ws` tells of its end after graphql-ws has ceased to listen.
    const unheard = vi.fn<(error: Error) => void>();
    process.on("uncaughtException", unheard);
    const silent = createServer((wire) => void wire.on("error", () => {}));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    open.push({ close: () => void process.off("uncaughtException", unheard) }, { close: () => void silent.close() });
    const { port } = silent.address() as AddressInfo;
    const { subject, proxy } = await start("graphql-ws", { port, answerLimitMs: 100 });
    const { replyId } = await alice.send(await alice.createRoom(), "[[fake: chunks=100 delay=0 size=24 unicode]]");
    const watch = follow(subject, replyId);
    for (let tries = 0; tries < 3; tries += 1) await subject.whenBroken(() => subject.broken.length > tries);
    expect(subject.broken[0]).toMatchObject({ code: 4499 });
    proxy.switchTo(colloquy.apis[0]!.port);
    await expectWhole(watch, subject, replyId);
    expect(unheard).not.toHaveBeenCalled();
  });

  test.each([15, -15])("a clock that is %i minutes wrong renews nothing before its time", async (minutes) => {
    const store: string[] = [(await openDevice(colloquy)).tokens.refreshToken];
    const renew = vi.fn<() => Promise<AccessToken>>(
      createRenewal(alice.url, { read: () => store.at(-1) ?? null, write: (token) => void store.push(token) }),
    );
    const tokens = createAccessTokens(renew);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + minutes * 60_000 });
    try {
      const first = await tokens.get();
      vi.setSystemTime(Date.now() + 14 * 60_000);
      expect(await tokens.get()).toBe(first);
      expect(renew).toHaveBeenCalledTimes(1);
      vi.setSystemTime(Date.now() + 55_000);
      await tokens.get();
      expect(renew).toHaveBeenCalledTimes(2);
    } finally {
      vi.useRealTimers();
    }
  });

  test("one event stream at a time follows a room and its replies, and nothing is missed or doubled", async () => {
    const { subject, proxy } = await start("graphql-sse");
    const room = await alice.createRoom();
    const known = await exchange(room, "before");
    let streams = 0;
    let most = 0;
    const counted: Subscribe = (payload, sink) => {
      most = Math.max(most, (streams += 1));
      const leave = subject.live.subscribe(payload, sink);
      let left = false;
      return () => {
        if (!left) streams -= 1;
        left = true;
        leave();
      };
    };
    const opened = (await openRoom(room))?.messages.edges.map(({ node }) => node);
    let follow = (_replyId: string): void => {};
    const texts: string[] = [];
    const watch = createWatch<string[]>((sink) => {
      const stream = watchOnOneStream(
        { subscribe: counted },
        room,
        {
          room: ({ messages }) => sink.next(messages.map(({ content }) => content)),
          reply: ({ text }) => void texts.push(text),
          error: sink.error,
        },
        opened,
      );
      follow = stream.followReply;
      return stream.stop;
    });
    const gate = createGate();
    colloquy.gemini.onPrompt("on one stream", [{ text: "Half. " }, { waitFor: gate }, { text: "Whole." }]);
    const { replyId } = await alice.send(room, "on one stream");
    follow(replyId);
    await vi.waitFor(() => expect(texts.at(-1)).toBe("Half. "), { timeout: 30_000 });
    proxy.cut();
    gate.open();
    await watch.until((contents) => contents.at(-1) === "Half. Whole.");
    expect(texts.at(-1)).toBe("Half. Whole.");
    await exchange(room, "after it");
    const contents = await watch.until((all) => all.length === 6);
    expect(contents.slice(2, 5)).toEqual(["on one stream", "Half. Whole.", "after it"]);
    expect(contents[0]).toBe("before");
    expect(known.replyId).toBe(opened?.[1]?.id);
    expect(most).toBe(1);
  });

  test("a reply that its model breaks off starts over as another attempt, also for a reader that is away", async () => {
    const { subject, proxy } = await start("graphql-ws");
    const room = await alice.createRoom();
    const prompt = "[[fake: chunks=100 delay=5 size=24 unicode]] [[fake: cut after=50 times=1]]";
    const { replyId } = await alice.send(room, prompt);
    const watch = follow(subject, replyId);
    await watch.until(({ text }) => text.length > 0);
    proxy.cut();
    const last = await watch.until(({ message }) => message !== null);
    expect(last.text).toBe(TEXT);
    expect(last.attempt).toBe(2);
  });

  test("a room's last reply that ended between the query and the subscription comes to it", async () => {
    const { subject } = await start("graphql-ws");
    const room = await alice.createRoom();
    const gate = createGate();
    colloquy.gemini.onPrompt("between", [{ text: "…" }, { waitFor: gate }]);
    const { replyId } = await alice.send(room, "between");
    const reply = alice.watchReply(replyId);
    await reply.until(({ text }) => text !== "");
    const opened = await openRoom(room);
    expect(opened?.messages.edges.at(-1)?.node).toMatchObject({ id: replyId, status: "STREAMING" });
    gate.open();
    await reply.completed;

    const watch = subject.watchRoom(room, () => Promise.resolve(opened));
    expect(await watch.until(({ id }) => id === replyId)).toMatchObject({ status: "COMPLETE", content: "…" });
    expect(subject.shownMessages().filter((id) => id === replyId)).toHaveLength(1);
  });

  test("a page that has a part of the text gets the rest only", async () => {
    const { subject } = await start("graphql-ws");
    const { replyId } = await alice.send(await alice.createRoom(), "[[fake: chunks=100 delay=0 size=24 unicode]]");
    await alice.watchReply(replyId).completed;
    const from = { ...NO_TEXT, attempt: 1, text: TEXT.slice(0, 1000) };
    const watch = createWatch<ReplyText<FinishedReply>>((sink) => watchReply(subject.live, replyId, sink, from));
    const last = await watch.until(({ message }) => message !== null);
    expect(last.text).toBe(TEXT);
    expect(subject.receivedUnits()).toBe(TEXT.length - positionOf(from).offset);
  });
});

describe("the plain way, graphql-ws' own retries, which send the original variables again", () => {
  const retrying = (port: number) =>
    createClient({
      url: `ws://127.0.0.1:${port}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: () => ({ authorization: `Bearer ${alice.token()}` }),
      // Without this a connection that is refused, the way back after a restart, would end everything at once.
      shouldRetry: () => true,
      retryAttempts: 1_000,
      retryWait: () => new Promise((resolve) => setTimeout(resolve, 20)),
    });

  test("brings the reply's text twice", async () => {
    const { proxy } = await startNetwork();
    const client = retrying(proxy.port);
    open.push({ close: () => client.dispose() });
    const reply = await askInHalves("the plain way");
    let appended = "";
    const watch = createWatch<string>((sink) =>
      client.subscribe<{ replyStream: { text: string; status: string } }>(
        { query: WatchReply, variables: { messageId: reply.id } },
        { ...sink, next: ({ data }) => sink.next((appended += data?.replyStream.text ?? "")) },
      ),
    );
    await watch.until((text) => text.length === TEXT.length / 2);
    proxy.cut();
    reply.goOn();
    await watch.completed;
    expect(appended).toBe(TEXT.slice(0, TEXT.length / 2) + TEXT);
  });

  test.each([
    ["repeats messages that were seen", true, ["first", "second", "first", "second", "missed"]],
    ["loses those that were not, without a position", false, ["second", "late"]],
  ])("%s", async (_, withPosition, expected) => {
    const { proxy } = await startNetwork();
    const client = retrying(proxy.port);
    open.push({ close: () => client.dispose() });
    const room = await alice.createRoom();
    const { replyId } = await exchange(room, "known");
    if (withPosition) await exchange(room, "first");
    const variables = { chatroomId: room, ...(withPosition && { after: replyId }) };
    const watch = createWatch<string>((sink) =>
      client.subscribe<{ messageAdded: { role: string; content: string } }>(
        { query: WatchRoom, variables },
        {
          ...sink,
          next: ({ data }) => void (data?.messageAdded.role === "USER" && sink.next(data.messageAdded.content)),
        },
      ),
    );
    await colloquy.whenSubscribed(`message:added:${room}`);
    await exchange(room, "second");
    await watch.until((content) => content === "second");
    proxy.refuse();
    proxy.cut();
    await exchange(room, "missed");
    proxy.accept();
    await proxy.when(({ accepted }) => accepted === 2);
    if (!withPosition) {
      await colloquy.whenSubscribed(`message:added:${room}`);
      // The new subscription begins once the API has read where the room stands, which nothing tells: said until it is heard.
      while (!watch.events.includes("late")) await exchange(room, "late");
    }
    await watch.until((content) => content === expected.at(-1));
    expect(withPosition ? watch.events : [...new Set(watch.events)]).toEqual(expected);
  });
});

type Options = Readonly<{
  tokens?: AccessTokens;
  port?: number;
  pingEveryMs?: number;
  answerLimitMs?: number;
  silenceLimitMs?: number;
}>;

async function startNetwork(port: number = colloquy.apis[0]!.port): Promise<{ proxy: Proxy }> {
  const proxy = await startProxy(port);
  open.push(proxy);
  return { proxy };
}

async function start(
  kind: Kind,
  { tokens, port, ...limits }: Options = {},
): Promise<{ subject: Subject; proxy: Proxy }> {
  const { proxy } = await startNetwork(port);
  const subject = openSubject(kind, {
    authority: `127.0.0.1:${proxy.port}`,
    tokens: tokens ?? { get: () => Promise.resolve(alice.token()), refuse: () => {} },
    ...limits,
  });
  open.push(subject);
  return { subject, proxy };
}

const follow = (subject: Subject, replyId: string) =>
  createWatch<ReplyText<FinishedReply>>((sink) => subject.watchReply(replyId, sink));

const openRoom = async (chatroomId: string) => {
  const document = new TypedDocumentString<OpenRoomData, OpenRoomVariables>(OpenRoom);
  return (await alice.request(document, { chatroomId })).chatroom;
};

/** Starts a reply that stands still after its first half. */
async function askInHalves(question: string): Promise<{ id: string; goOn(): void }> {
  const gate = createGate();
  const half = PARTS.length / 2;
  colloquy.gemini.onPrompt(question, [
    { chunks: PARTS.slice(0, half), delayMs: 2 },
    { waitFor: gate },
    { chunks: PARTS.slice(half), delayMs: 2 },
  ]);
  const { replyId } = await alice.send(await alice.createRoom(), question);
  return { id: replyId, goOn: gate.open };
}

/** A message and its whole reply, over a connection that nothing breaks. */
async function exchange(room: string, content: string): Promise<{ messageId: string; replyId: string }> {
  const sent = await alice.send(room, content);
  await alice.watchReply(sent.replyId).completed;
  return sent;
}

/** The reader has exactly the stored text, and got no code unit of it more than once. */
async function expectWhole(watch: Watch<ReplyText<FinishedReply>>, subject: Subject, replyId: string): Promise<void> {
  const last = await watch.until(({ message }) => message !== null);
  const { message: stored } = await alice.request(GetMessage, { id: replyId });
  expect(last.text).toBe(TEXT);
  expect(last).toMatchObject({ status: "COMPLETE", message: { content: TEXT } });
  expect(stored?.content).toBe(TEXT);
  expect(subject.receivedUnits()).toBe(TEXT.length);
  expect(watch.events.filter(({ message }) => message !== null)).toHaveLength(1);
}

async function mintToken(ttl: string, now = new Date()): Promise<string> {
  const session = await colloquy.db.session.findFirstOrThrow({ where: { userId: alice.userId() } });
  const config = readConfig({
    DATABASE_URL: "postgresql://localhost/unused",
    REDIS_URL: "redis://localhost",
    JWT_SECRET,
    ACCESS_TOKEN_TTL: ttl,
  });
  return (await createAccessToken(config, { userId: alice.userId(), sessionId: session.id, now })).token;
}

/** What a watcher got at the end. */
async function failure(watch: Watch<unknown>): Promise<unknown> {
  return watch.completed.then(
    () => "it completed",
    (error: unknown) => (error instanceof Error && error.name === "SubscriptionFailure" ? error.cause : error),
  );
}

/** The code of the first GraphQL error, in whichever way a client wraps it. */
function codeOf(cause: unknown): unknown {
  const { errors, graphQLErrors, code } = cause as { errors?: unknown; graphQLErrors?: unknown; code?: unknown };
  const [first] = (Array.isArray(cause) ? cause : (errors ?? graphQLErrors ?? [])) as {
    extensions: { code: string };
  }[];
  return first ? first.extensions.code : code;
}
