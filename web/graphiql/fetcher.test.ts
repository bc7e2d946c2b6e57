import type { Client, ClientOptions, Sink } from "graphql-ws";
import { describe, expect, it } from "vitest";
import { createFetcher } from "./fetcher.ts";
import { createMemory } from "./memory.ts";
import { createTokens } from "./tokens.ts";

const QUERY = { query: "query Me { me { id } }", operationName: "Me" };
const WATCH = { query: "subscription Watch($id: ID!) { watch(id: $id) }", operationName: "Watch" };
const UNAUTHENTICATED = { errors: [{ message: "Sign in.", extensions: { code: "UNAUTHENTICATED" } }] };

describe("the page's fetcher", () => {
  it("posts with the token and the variables filled in, and learns from the answer", async () => {
    const page = open({ accessToken: "old", chatroomId: "room" }, [{ data: { verifyOtp: { accessToken: "new" } } }]);
    const result = await page.fetcher({ ...QUERY, variables: { id: "{{chatroomId}}" } });

    expect(result).toEqual({ data: { verifyOtp: { accessToken: "new" } } });
    expect(page.sent).toMatchObject([
      { url: "http://api.test/x/graphql", authorization: "Bearer old", body: { ...QUERY, variables: { id: "room" } } },
    ]);
    expect(page.memory.recall("accessToken")).toBe("new");
  });

  it("leaves an Authorization header alone that somebody set", async () => {
    const page = open({ accessToken: "ours" }, [{ data: {} }]);
    await page.fetcher(QUERY, { headers: { AUTHORIZATION: "Bearer theirs" } });
    expect(page.sent[0]?.authorization).toBe("Bearer theirs");
  });

  it("sends nothing while a placeholder has no value", async () => {
    const page = open({}, []);
    const result = await page.fetcher({ ...QUERY, variables: { id: "{{chatroomId}}" } });
    expect(JSON.stringify(result)).toContain('Run the tab \\"CreateRoom\\" first');
    expect(page.sent).toEqual([]);
  });

  it("drops a token that is refused, and asks again without it once", async () => {
    const page = open({ accessToken: "stale" }, [UNAUTHENTICATED, { data: { sendOtp: { code: "1" } } }]);
    expect(await page.fetcher(QUERY)).toEqual({ data: { sendOtp: { code: "1" } } });
    expect(page.sent.map(({ authorization }) => authorization)).toEqual(["Bearer stale", null]);

    const refused = open({ accessToken: "stale" }, [UNAUTHENTICATED, UNAUTHENTICATED]);
    expect(await refused.fetcher(QUERY)).toEqual(UNAUTHENTICATED);
    expect(refused.sent).toHaveLength(2);
  });

  it("names the operation of the text when GraphiQL still names the last tab's", async () => {
    const page = open({}, [{ data: {} }]);
    await page.fetcher({ query: '# query Not\nmutation Now { a(b: "query No {") { c } }', operationName: "Before" });
    expect(page.sent[0]?.body.operationName).toBe("Now");
  });

  it("says it in words when what comes back is no GraphQL, or nothing", async () => {
    const page = open({}, ["<h1>Bad gateway</h1>"]);
    expect(await page.fetcher(QUERY)).toEqual({
      errors: [{ message: "The server answered 200 with: <h1>Bad gateway</h1>" }],
    });
    expect(await page.fetcher(QUERY)).toEqual({
      errors: [{ message: "The server cannot be reached (nobody there)." }],
    });
  });

  it("renews a token that is refused, once, and asks again with the new one", async () => {
    const renewed = { data: { refreshSession: { accessToken: "new", refreshToken: "next" } } };
    const page = open({ accessToken: "stale", refreshToken: "mine" }, [UNAUTHENTICATED, renewed, { data: {} }]);
    expect(await page.fetcher(QUERY)).toEqual({ data: {} });
    expect(page.sent.map(({ authorization }) => authorization)).toEqual(["Bearer stale", null, "Bearer new"]);
    expect(page.memory.recall("refreshToken")).toBe("next");
  });

  it("comes back to a socket with a new token when the old one has expired, and ends when there is none", async () => {
    const renewed = { data: { refreshSession: { accessToken: "new", refreshToken: "next" } } };
    const page = open({ accessToken: "old", refreshToken: "mine" }, [renewed, UNAUTHENTICATED]);
    observe(page.fetcher({ ...WATCH, variables: { id: "1" } }));
    const [socket] = page.sockets;
    const connect = () =>
      typeof socket?.options.connectionParams === "function" ? socket.options.connectionParams() : null;
    expect(await socket?.params).toEqual({ authorization: "Bearer old" });
    expect(socket?.options.shouldRetry?.({ code: 4403 })).toBe(true);
    expect(await connect()).toEqual({ authorization: "Bearer new" });
    expect(socket?.options.shouldRetry?.({ code: 4403 })).toBe(true);
    expect(await connect()).toEqual({});
    expect(socket?.options.shouldRetry?.({ code: 4403 })).toBe(false);
  });

  it("follows the reply that a mutation asks for, until another run begins or its tab is left", async () => {
    const asked = (id: string) => ({ data: { sendMessage: { reply: { id } } } });
    const page = open({}, [asked("r1"), { data: {} }, asked("r2")]);
    await page.fetcher(QUERY);
    const event = { replyStream: { attempt: 1, offset: 0, text: "a", status: "STREAMING" } };
    page.sockets[0]?.sink.next({ data: event });
    expect(page.events).toEqual([null, event]);
    await page.fetcher(QUERY);
    await page.fetcher(QUERY);
    page.fetcher.leave();
    expect(page.sockets.map(({ stopped }) => stopped)).toEqual([true, true]);
  });

  it("opens a socket for each subscription, with the token as it is then", async () => {
    const page = open({ accessToken: "first" }, []);
    const watch = () => observe(page.fetcher({ ...WATCH, variables: { id: "1" } }));
    const before = watch();
    page.memory.learn({ verifyOtp: { accessToken: "second" } }, {});
    watch();

    expect(page.sockets.map(({ options }) => options.url)).toEqual(Array(2).fill("ws://api.test/x/graphql"));
    expect(await Promise.all(page.sockets.map(({ params }) => params))).toEqual([
      { authorization: "Bearer first" },
      { authorization: "Bearer second" },
    ]);
    before.stop();
    page.sockets[0]?.sink.complete();
    expect(before.ended()).toBe(false);
    expect(page.sockets.map(({ stopped }) => stopped)).toEqual([true, false]);
  });

  it("hands events on as they are, and ends with words when the socket is closed", () => {
    const page = open({}, []);
    const watcher = observe(page.fetcher({ ...WATCH, variables: { id: "1" } }));
    const event = { data: { replyStream: { text: "a" } } };
    page.sockets[0]?.sink.next(event);
    page.sockets[0]?.sink.error({ code: 4403, reason: "Forbidden" });

    expect(watcher.results[0]).toBe(event);
    expect(watcher.results[1]?.errors?.[0]?.message).toMatch(/"SignIn" and "EnterCode"/);
    expect(watcher.ended()).toBe(true);
    expect(page.events).toEqual([null, event.data]);
    const retry = page.sockets[0]?.options.shouldRetry;
    expect([{ code: 4403 }, { code: 1006 }].map((closed) => retry?.(closed))).toEqual([false, true]);
  });
});

type Fetched = ReturnType<ReturnType<typeof createFetcher>>;

function observe(fetched: Fetched) {
  if (!("subscribe" in fetched)) throw new Error("no subscription");
  const results: { errors?: readonly { message: string }[] }[] = [];
  let ended = false;
  const { unsubscribe } = fetched.subscribe({ next: (result) => results.push(result), complete: () => (ended = true) });
  return { results, stop: unsubscribe, ended: () => ended };
}

function open(remembered: Record<string, string>, answers: unknown[]) {
  const values = new Map(Object.entries(remembered).map(([name, value]) => [`colloquy:${name}`, value]));
  const memory = createMemory({
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  });
  const sent: { url: string; authorization: string | null; body: { operationName: string } }[] = [];
  const sockets: { options: ClientOptions; params: unknown; sink: Sink; stopped: boolean }[] = [];
  const events: unknown[] = [];

  const endpoint = "http://api.test/x/graphql";
  const fetch: typeof globalThis.fetch = async (url, init) => {
    const request = new Request(url, init);
    const body = (await request.json()) as { operationName: string };
    sent.push({ url: request.url, authorization: request.headers.get("authorization"), body });
    const answer = answers.shift();
    if (answer === undefined) throw new TypeError("nobody there");
    return new Response(typeof answer === "string" ? answer : JSON.stringify(answer));
  };
  const fetcher = createFetcher({
    endpoint,
    memory,
    tokens: createTokens({ endpoint, memory, fetch, locks: undefined }),
    onEvent: (data) => events.push(data),
    fetch,
    createClient: (options) => fakeClient(options, sockets),
  });
  return { fetcher, memory, sent, sockets, events };
}

function fakeClient(
  options: ClientOptions,
  sockets: { options: ClientOptions; params: unknown; sink: Sink; stopped: boolean }[],
) {
  const params = typeof options.connectionParams === "function" ? options.connectionParams() : options.connectionParams;
  const client: Pick<Client, "subscribe"> = {
    subscribe: (_payload, sink) => {
      const socket = { options, params, sink: sink as Sink, stopped: false };
      sockets.push(socket);
      return () => (socket.stopped = true);
    },
  };
  return client as Client;
}
