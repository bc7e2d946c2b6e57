import type { Client, ClientOptions, Sink, SubscribePayload } from "graphql-ws";
import { describe, expect, it } from "vitest";
import { createFetcher } from "./fetcher.ts";
import { createMemory } from "./memory.ts";

const QUERY = { query: "query Me { me { id } }", operationName: "Me" };
const WATCH = { query: "subscription Watch { accountChanged { __typename } }", operationName: "Watch" };
const RESUMED = { query: "subscription Room($after: ID) { messageAdded(after: $after) { id } }" };
const LATER = "2100-01-01T00:00:00Z";
const UNAUTHENTICATED = { errors: [{ message: "Sign in.", extensions: { code: "UNAUTHENTICATED" } }] };

describe("the page's fetcher", () => {
  it("posts with the token and the variables filled in, and learns from the answer", async () => {
    const page = open({ token: "old", chatroomId: "room" }, [{ data: { verifyOtp: { accessToken: "new" } } }]);
    const result = await page.fetcher({ ...QUERY, variables: { id: "{{chatroomId}}" } });

    expect(result).toEqual({ data: { verifyOtp: { accessToken: "new" } } });
    expect(page.sent).toMatchObject([
      { url: "http://api.test/x/graphql", authorization: "Bearer old", body: { ...QUERY, variables: { id: "room" } } },
    ]);
    expect(page.memory.session.read()?.access?.token).toBe("new");
  });

  it("leaves an Authorization header alone that somebody set", async () => {
    const page = open({ token: "ours" }, [{ data: {} }]);
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
    const page = open({ token: "stale" }, [UNAUTHENTICATED, UNAUTHENTICATED, { data: { sendOtp: { code: "1" } } }]);
    expect(await page.fetcher(QUERY)).toEqual({ data: { sendOtp: { code: "1" } } });
    expect(page.sent.map(({ authorization }) => authorization)).toEqual(["Bearer stale", null, null]);
    expect(page.memory.session.read()).toBeNull();

    const refused = open({ token: "stale" }, [UNAUTHENTICATED, UNAUTHENTICATED, UNAUTHENTICATED]);
    expect(await refused.fetcher(QUERY)).toEqual(UNAUTHENTICATED);
    expect(refused.sent).toHaveLength(3);
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
      errors: [{ message: "nobody there" }],
    });
  });

  it("renews a token that is refused, once, and asks again with the new one", async () => {
    const renewed = {
      data: { refreshSession: { accessToken: "new", accessTokenExpiresAt: LATER, refreshToken: "next" } },
    };
    const page = open({ token: "stale", refreshToken: "mine" }, [UNAUTHENTICATED, renewed, { data: {} }]);
    expect(await page.fetcher(QUERY)).toEqual({ data: {} });
    expect(page.sent.map(({ authorization }) => authorization)).toEqual(["Bearer stale", null, "Bearer new"]);
    expect(page.memory.session.read()?.refreshToken).toBe("next");
  });

  it("comes back to a socket with a new token when the old one has expired, at the last event's position", async () => {
    const renewed = {
      data: { refreshSession: { accessToken: "new", accessTokenExpiresAt: LATER, refreshToken: "next" } },
    };
    const page = open({ token: "old", refreshToken: "mine" }, [renewed]);
    await observe(page.fetcher({ ...RESUMED, variables: { after: "0" } }));
    expect(await page.sockets[0]?.connect()).toEqual({ authorization: "Bearer old" });
    page.sockets[0]?.sink.next({ data: { messageAdded: { id: "m" } }, extensions: { position: "7" } });
    page.sockets[0]?.sink.error({ code: 4403 });
    await expect.poll(() => page.sockets[0]?.payloads).toHaveLength(2);
    expect(await page.sockets[0]?.connect()).toEqual({ authorization: "Bearer new" });
    expect(page.sockets[0]?.payloads.map(({ variables }) => variables)).toEqual([{ after: "7" }, { after: "7" }]);
  });

  it("opens a socket for each subscription, with the token as it is then", async () => {
    const page = open({ token: "first" }, []);
    const before = await observe(page.fetcher(WATCH));
    expect(await page.sockets[0]?.connect()).toEqual({ authorization: "Bearer first" });
    page.memory.learn({ verifyOtp: { accessToken: "second", accessTokenExpiresAt: LATER } }, {});
    await observe(page.fetcher(WATCH, { headers: { "X-Mine": "1" } }));
    expect(await page.sockets[1]?.connect()).toEqual({ authorization: "Bearer second", "x-mine": "1" });
    expect(page.sockets.map(({ options }) => options.url)).toEqual(Array(2).fill("ws://api.test/x/graphql"));
    before.stop();
    expect(page.sockets.map(({ stopped }) => stopped)).toEqual([true, false]);
  });

  it("hands events on as they are, and ends with words when the socket is closed", async () => {
    const page = open({}, []);
    const watcher = await observe(page.fetcher(WATCH));
    const event = { data: { accountChanged: { __typename: "PlanChanged" } } };
    page.sockets[0]?.sink.next(event);
    page.sockets[0]?.sink.error({ code: 4403, reason: "Forbidden" });

    expect(watcher.results[0]).toBe(event);
    expect(watcher.results[1]).toEqual({ errors: [{ message: "The WebSocket was closed (4403 Forbidden)." }] });
    expect(watcher.ended()).toBe(true);
  });
});

type Fetched = ReturnType<ReturnType<typeof createFetcher>>;

async function observe(fetching: Fetched) {
  const fetched = await fetching;
  if (!("subscribe" in fetched)) throw new Error("no subscription");
  const results: object[] = [];
  let ended = false;
  const { unsubscribe } = fetched.subscribe({ next: (result) => results.push(result), complete: () => (ended = true) });
  return { results, stop: unsubscribe, ended: () => ended };
}

type Socket = {
  options: ClientOptions;
  connect(): unknown;
  payloads: SubscribePayload[];
  sink: Sink;
  stopped: boolean;
};

/** @param remembered by name; `token` makes a session, whose refresh token the server does not know unless it is given */
function open({ token, refreshToken = "", ...remembered }: Record<string, string>, answers: unknown[]) {
  const values = new Map(Object.entries(remembered));
  const memory = createMemory({
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  });
  if (token !== undefined) memory.session.write({ refreshToken, access: { token, expiresAt: Date.parse(LATER) } });
  const sent: { url: string; authorization: string | null; body: { operationName: string } }[] = [];
  const sockets: Socket[] = [];

  const fetch: typeof globalThis.fetch = async (url, init) => {
    const request = new Request(url, init);
    const body = (await request.json()) as { operationName: string };
    sent.push({ url: request.url, authorization: request.headers.get("authorization"), body });
    const answer = answers.shift();
    if (answer === undefined) throw new TypeError("nobody there");
    return new Response(typeof answer === "string" ? answer : JSON.stringify(answer));
  };
  const fetcher = createFetcher({
    endpoint: "http://api.test/x/graphql",
    memory,
    fetch,
    createClient: (options) => fakeClient(options, sockets),
  });
  return { fetcher, memory, sent, sockets };
}

function fakeClient(options: ClientOptions, sockets: Socket[]): Pick<Client, "subscribe"> {
  const { connectionParams } = options;
  const connect = () => (typeof connectionParams === "function" ? connectionParams() : connectionParams);
  const socket: Socket = {
    options,
    connect,
    payloads: [],
    sink: { next() {}, error() {}, complete() {} },
    stopped: false,
  };
  sockets.push(socket);
  return {
    subscribe(payload, sink) {
      socket.payloads.push(payload);
      socket.sink = sink;
      return () => (socket.stopped = true);
    },
  };
}
