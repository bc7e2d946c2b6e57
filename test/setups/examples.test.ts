import { describe, expect, test } from "vitest";
import { createAccessTokens, SignedOut, type AccessTokens } from "../../packages/client/src/session/access-tokens.ts";
import { createRenewal } from "../../packages/client/src/session/renewing.ts";
import { openDevice } from "../_support/accounts.ts";
import { RetryReply, SignOut } from "../_support/documents.ts";
import { setUpExamples, TEXT, follow, failure, codeOf } from "../_support/example-calls.ts";

const scene = setUpExamples();
const { start, openRoom, askInHalves, exchange, expectWhole, mintToken } = scene;

describe.each(["graphql-ws", "graphql-sse", "Apollo Client", "urql"] as const)("with %s", (kind) => {
  const overSse = kind === "graphql-sse";

  test("a reply cut off three times in mid-stream ends with the stored text, and no piece came twice", async () => {
    const { subject, proxy } = await start(kind);
    const { replyId } = await scene.alice.send(
      await scene.alice.createRoom(),
      "[[fake: chunks=100 delay=20 size=24 unicode]]",
    );
    const watch = follow(subject, replyId);
    for (const share of [0.2, 0.45, 0.7]) {
      await watch.until(({ text }) => text.length > TEXT.length * share);
      proxy.cut();
    }
    await expectWhole(watch, subject, replyId);
    expect(subject.broken).toHaveLength(3);
  });

  test("a reply goes on at another process when this one is stopped, with what was written meanwhile", async () => {
    const api = await scene.colloquy.startApi();
    const { subject, proxy } = await start(kind, { port: api.port });
    const reply = await askInHalves(`stopped under ${kind}`);
    const watch = follow(subject, reply.id);
    await watch.until(({ text }) => text.length === TEXT.length / 2);

    proxy.refuse();
    const refusedTwice = proxy.when(({ refused }) => refused >= 2);
    expect((await api.stop()).code).toBe(0);
    await refusedTwice;
    reply.goOn();
    await scene.alice.watchReply(reply.id).completed;
    proxy.switchTo(scene.colloquy.apis[1]!.port);
    proxy.accept();

    await expectWhole(watch, subject, reply.id);
    if (!overSse) expect(subject.broken[0]).toMatchObject({ code: 1012 });
  });

  test("a token that has expired by the time of a reconnect is renewed, once", async () => {
    const stale = await mintToken("15m", new Date(Date.now() - 3_600_000));
    const given = [scene.alice.token(), stale];
    const refused: string[] = [];
    const tokens: AccessTokens = {
      get: () => Promise.resolve(given.shift() ?? scene.alice.token()),
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
    const { phone } = await scene.colloquy.db.user.findUniqueOrThrow({ where: { id: scene.alice.userId() } });
    const kept = [(await openDevice(scene.colloquy, phone)).tokens.refreshToken];
    const store = { read: () => kept.at(-1) ?? null, write: (token: string) => void kept.push(token) };
    const renew = createRenewal(scene.alice.url, store);
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
    const device = await openDevice(scene.colloquy);
    const renew = createRenewal(scene.alice.url, { read: () => device.tokens.refreshToken, write: () => {} });
    await device.client.request(SignOut);
    const { subject } = await start(kind, { tokens: createAccessTokens(renew) });
    const ending = await failure(follow(subject, "01a1ffca-a817-751a-8420-6b7e3907cbfe"));
    expect(String(ending)).toContain("sign in again");
  });

  test("a room brings each message once and in order, whatever was said while the connection was away", async () => {
    const { subject, proxy } = await start(kind);
    const room = await scene.alice.createRoom();
    const known = [await exchange(room, "before")];
    const watch = subject.watchRoom(room, () => openRoom(room));
    await scene.colloquy.whenSubscribed(`message:added:${room}`);
    known.push(await exchange(room, "live"));
    await watch.until((message) => message.id === known.at(-1)?.replyId);

    proxy.refuse();
    proxy.cut();
    known.push(await exchange(room, "missed"), await exchange(room, "missed too"));
    await proxy.when(({ refused }) => refused >= 2);
    proxy.switchTo(scene.colloquy.apis[1]!.port);
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
    const room = await scene.alice.createRoom();
    await exchange(room, "before");
    const watch = subject.watchRoom(room, () => openRoom(room));
    await scene.colloquy.whenSubscribed(`message:added:${room}`);
    const { replyId } = await exchange(room, `under ${kind} [[fake: block times=1]]`);
    await watch.until(({ id, status }) => id === replyId && status === "BLOCKED");

    proxy.refuse();
    proxy.cut();
    await scene.alice.request(RetryReply, { messageId: replyId });
    await scene.alice.watchReply(replyId).completed;
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
    const stranger = await scene.colloquy.signIn();
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
