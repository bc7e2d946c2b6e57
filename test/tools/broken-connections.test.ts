import { createServer, type AddressInfo } from "node:net";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { describe, expect, test, vi } from "vitest";
import { createAccessTokens, type AccessToken } from "../../packages/client/src/session/access-tokens.ts";
import { WatchReply, WatchRoom } from "../../packages/client/src/documents.ts";
import { watchOnOneStream } from "../../packages/client/src/live/one-stream.ts";
import { createRenewal } from "../../packages/client/src/session/renewing.ts";
import { NO_TEXT, positionOf, type ReplyText } from "../../packages/client/src/reply/reply-text.ts";
import type { Subscribe } from "../../packages/client/src/live/resuming.ts";
import { watchReply, type FinishedReply } from "../../packages/client/src/watch.ts";
import { createGate } from "../../tools/fakes/gemini/script.ts";
import { openDevice } from "../_support/accounts.ts";
import { createWatch } from "../_support/watch.ts";
import { setUpExamples, TEXT, follow } from "../_support/example-calls.ts";

const scene = setUpExamples();
const { open, startNetwork, start, openRoom, askInHalves, exchange, expectWhole } = scene;

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
    const { replyId } = await scene.alice.send(
      await scene.alice.createRoom(),
      "[[fake: chunks=100 delay=10 size=24 unicode]]",
    );
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
    const { replyId } = await scene.alice.send(
      await scene.alice.createRoom(),
      "[[fake: chunks=100 delay=0 size=24 unicode]]",
    );
    const watch = follow(subject, replyId);
    for (let tries = 0; tries < 3; tries += 1) await subject.whenBroken(() => subject.broken.length > tries);
    expect(subject.broken[0]).toMatchObject({ code: 4499 });
    proxy.switchTo(scene.colloquy.apis[0]!.port);
    await expectWhole(watch, subject, replyId);
    expect(unheard).not.toHaveBeenCalled();
  });

  test.each([15, -15])("a clock that is %i minutes wrong renews nothing before its time", async (minutes) => {
    const store: string[] = [(await openDevice(scene.colloquy)).tokens.refreshToken];
    const renew = vi.fn<() => Promise<AccessToken>>(
      createRenewal(scene.alice.url, { read: () => store.at(-1) ?? null, write: (token) => void store.push(token) }),
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
    const room = await scene.alice.createRoom();
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
    let followReply = (_replyId: string): void => {};
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
      followReply = stream.followReply;
      return stream.stop;
    });
    const gate = createGate();
    scene.colloquy.gemini.onPrompt("on one stream", [{ text: "Half. " }, { waitFor: gate }, { text: "Whole." }]);
    const { replyId } = await scene.alice.send(room, "on one stream");
    followReply(replyId);
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
    const room = await scene.alice.createRoom();
    const prompt = "[[fake: chunks=100 delay=5 size=24 unicode]] [[fake: cut after=50 times=1]]";
    const { replyId } = await scene.alice.send(room, prompt);
    const watch = follow(subject, replyId);
    await watch.until(({ text }) => text.length > 0);
    proxy.cut();
    const last = await watch.until(({ message }) => message !== null);
    expect(last.text).toBe(TEXT);
    expect(last.attempt).toBe(2);
  });

  test("a room's last reply that ended between the query and the subscription comes to it", async () => {
    const { subject } = await start("graphql-ws");
    const room = await scene.alice.createRoom();
    const gate = createGate();
    scene.colloquy.gemini.onPrompt("between", [{ text: "…" }, { waitFor: gate }]);
    const { replyId } = await scene.alice.send(room, "between");
    const reply = scene.alice.watchReply(replyId);
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
    const { replyId } = await scene.alice.send(
      await scene.alice.createRoom(),
      "[[fake: chunks=100 delay=0 size=24 unicode]]",
    );
    await scene.alice.watchReply(replyId).completed;
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
      connectionParams: () => ({ authorization: `Bearer ${scene.alice.token()}` }),
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
    const room = await scene.alice.createRoom();
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
    await scene.colloquy.whenSubscribed(`message:added:${room}`);
    await exchange(room, "second");
    await watch.until((content) => content === "second");
    proxy.refuse();
    proxy.cut();
    await exchange(room, "missed");
    proxy.accept();
    await proxy.when(({ accepted }) => accepted === 2);
    if (!withPosition) {
      await scene.colloquy.whenSubscribed(`message:added:${room}`);
      // The new subscription begins once the API has read where the room stands, which nothing tells: said until it is heard.
      while (!watch.events.includes("late")) await exchange(room, "late");
    }
    await watch.until((content) => content === expected.at(-1));
    expect(withPosition ? watch.events : [...new Set(watch.events)]).toEqual(expected);
  });
});
