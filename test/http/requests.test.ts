import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { TestClient } from "../_support/client.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { ask, post } from "../_support/post.ts";
import type { TestProcess } from "../_support/processes.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

const MAX_BODY = 256 * 1024;
const JSON_TYPE = { "content-type": "application/json" };

let colloquy: Colloquy;
let alice: TestClient;
let url: string;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  alice = await colloquy.signIn();
  ({ url } = alice);
});
afterAll(() => colloquy.close());

const addressOf = (api: TestProcess) => `http://127.0.0.1:${api.port}/graphql`;

describe("what a request may be", () => {
  const QUERY = JSON.stringify({ query: "{ __typename }" });
  const ofBytes = (length: number) => QUERY.replace("}", " ".repeat(length - QUERY.length) + "}");
  const stream = (body: string) =>
    new ReadableStream({
      start(controller) {
        for (let at = 0; at < body.length; at += 65_536) controller.enqueue(Buffer.from(body.slice(at, at + 65_536)));
        controller.close();
      },
    });
  const postStream = (body: string) =>
    ask(url, { method: "POST", headers: JSON_TYPE, body: stream(body), duplex: "half" } as RequestInit);

  test("a body has a limit, whether it says its length or not", async () => {
    expect((await post(url, ofBytes(MAX_BODY))).data).toEqual({ __typename: "Query" });
    expect((await postStream(ofBytes(MAX_BODY))).data).toEqual({ __typename: "Query" });
    for (const refused of [await post(url, ofBytes(MAX_BODY + 1)), await postStream(ofBytes(MAX_BODY + 1))]) {
      expect(refused.status).toBe(413);
      expect(refused.codes).toEqual(["BAD_USER_INPUT"]);
    }
  });

  test("a body that is not taken leaves its connection in order", async () => {
    const body = " ".repeat(MAX_BODY * 3);
    const request = (length: string, payload: string) =>
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${length}\r\n\r\n${payload}`;
    const answers = await exchange([
      request(`Content-Length: ${body.length}`, body).replace("application/json", "text/plain"),
      request("Transfer-Encoding: chunked", `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`),
      request(`Content-Length: ${body.length}`, body),
      request(`Content-Length: ${QUERY.length}\r\nConnection: close`, QUERY),
    ]);
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 415", "HTTP/1.1 413", "HTTP/1.1 413", "HTTP/1.1 200"]);
  });

  test.each([
    "text/plain",
    "text/plain;charset=application/json",
    "text/plain; application/json",
    "text/plain, application/json",
    "application/json, text/plain",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-8",
    "multipart/form-data; boundary=application/json",
    "application/graphql",
    "",
  ])("what a page of another origin could send unasked is not taken: %s", async (type) => {
    const refused = await ask(url, { method: "POST", headers: { "content-type": type }, body: Buffer.from(QUERY) });
    expect(refused.status).toBe(415);
    expect(refused.codes).toEqual(["BAD_USER_INPUT"]);
  });

  test.each(["application/json", "application/json; charset=utf-8", "application/graphql+json"])(
    "%s is",
    async (type) => {
      expect((await post(url, QUERY, { "content-type": type })).data).toEqual({ __typename: "Query" });
    },
  );

  test("a form is not, however it is filled in", async () => {
    const form = new FormData();
    form.set("operations", QUERY);
    form.set("map", "{}");
    expect((await ask(url, { method: "POST", body: form })).status).toBe(415);
    expect((await ask(url, { method: "POST", body: new URLSearchParams({ query: "{ __typename }" }) })).status).toBe(
      415,
    );
  });

  test("operations come one by one", async () => {
    const refused = await post(url, [{ query: "{ __typename }" }]);
    expect(refused.status).toBe(400);
    expect(refused.codes).toEqual(["BAD_USER_INPUT"]);
  });

  test("a GET can ask, and change nothing", async () => {
    const get = (query: string) =>
      ask(`${url}?query=${encodeURIComponent(query)}`, { headers: { authorization: `Bearer ${alice.token()}` } });
    expect((await get("{ me { id } }")).data).toEqual({ me: { id: alice.userId() } });
    const before = await colloquy.db.chatroom.count();
    const refused = await get("mutation { createChatroom { id } }");
    expect(refused.status).toBe(405);
    expect(refused.codes).toEqual(["BAD_USER_INPUT"]);
    expect(await colloquy.db.chatroom.count()).toBe(before);
  });

  test.each(["PUT", "PATCH", "DELETE", "OPTIONS"])("%s is no way to ask", async (method) => {
    expect((await ask(url, { method })).status).toBe(405);
  });

  test.each(["[", "a b", "localhost:99999999", "%zz"])(
    "a Host header that is none is told so, and nothing more: %s",
    async (host) => {
      const answer = await exchange([
        `GET /graphql?query={__typename} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      ]);
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain("The Host header is not valid.");
      expect(answer).not.toMatch(/\bat |node_modules|Error/);
    },
  );

  test("a client that hangs up in the middle harms nobody", async () => {
    const head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    await exchange([`${head}Transfer-Encoding: chunked\r\n\r\n5\r\n{"que\r\n`], "hang up");
    await exchange([`${head}Content-Length: 500\r\n\r\n{"que`], "hang up");
    expect((await post(url, QUERY)).data).toEqual({ __typename: "Query" });
    expect(colloquy.apis[0]?.logs.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });

  /** Says this on one connection, and gives what comes back until the server ends it. */
  async function exchange(requests: readonly string[], end: "wait" | "hang up" = "wait"): Promise<string> {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.setTimeout(10_000, () => socket.destroy(new Error("no answer")));
    await once(socket, "connect");
    for (const request of requests) socket.write(request);
    if (end === "wait") return text(socket);
    await new Promise((resolve) => socket.write("", resolve));
    socket.resetAndDestroy();
    return "";
  }
});

describe("pages of other origins", () => {
  const PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
  };
  const granted = ({ headers }: { headers: Headers }) => headers.get("access-control-allow-origin");
  const from = async (origin: string, address = url) => [
    await post(address, { query: "{ __typename }" }, { origin }),
    await ask(address, { method: "OPTIONS", headers: { origin, ...PREFLIGHT } }),
    await ask(`${address}?query={__typename}`, { headers: { origin } }),
  ];

  test.each(["https://example.com", "null", "http://localhost:3000"])("may not call the API: %s", async (origin) => {
    for (const answer of await from(origin)) expect(granted(answer)).toBeNull();
  });

  describe.each([
    ["one origin", "https://app.example"],
    ["several origins", "https://app.example, http://localhost:5173"],
  ])("with CORS_ORIGINS of %s", (_, origins) => {
    let address: string;
    beforeAll(async () => {
      address = addressOf(await colloquy.startApi({ CORS_ORIGINS: origins }));
    });

    test("those may, without credentials", async () => {
      for (const origin of origins.split(", ")) {
        const answers = await from(origin, address);
        for (const answer of answers) {
          expect(granted(answer)).toBe(origin);
          expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
          expect(answer.headers.get("access-control-expose-headers")).toContain("x-request-id");
        }
        const [, preflight] = answers;
        expect(preflight?.status).toBe(204);
        expect(preflight?.headers.get("access-control-allow-headers")).toBe("authorization, content-type");
        expect(preflight?.headers.get("access-control-allow-methods")).toContain("POST");
      }
    });

    test.each(["https://example.com", "null", "https://app.example.evil.example", "http://app.example"])(
      "%s still may not",
      async (origin) => {
        for (const answer of await from(origin, address)) expect(granted(answer)).toBeNull();
      },
    );
  });
});

describe("in production", () => {
  const PRODUCTION = { NODE_ENV: "production", OTP_DELIVERY: "log" };
  const page = (address: string) => ask(address, { headers: { accept: "text/html" } });
  let closed: string;
  let open: string;

  beforeAll(async () => {
    const apis = await Promise.all([
      colloquy.startApi(PRODUCTION),
      colloquy.startApi({ ...PRODUCTION, GRAPHIQL: "true", INTROSPECTION: "true" }),
    ]);
    [closed, open] = apis.map((api) => addressOf(api)) as [string, string];
  });

  test("there is no page", async () => {
    const { headers, text: body } = await page(closed);
    expect(headers.get("content-type") ?? "").not.toContain("html");
    expect(body).not.toContain("<");
  });

  test.each(["{ __schema { types { name } } }", `{ __type(name: "User") { fields { name } } }`])(
    "the schema is not told: %s",
    async (query) => {
      const refused = await post(closed, { query });
      expect(refused.codes[0]).toBe("BAD_USER_INPUT");
      expect(refused).not.toHaveProperty("data");
      expect((await post(open, { query })).codes).toEqual([]);
    },
  );

  test("nor by way of suggestions", async () => {
    const query = "{ chatrom(id: 1) { id } }";
    expect((await post(closed, { query })).errors[0]?.message).not.toContain("Did you mean");
    expect((await post(open, { query })).errors[0]?.message).toContain(`Did you mean "chatroom"`);
  });

  test("nor over a WebSocket", async () => {
    const client = colloquy.client();
    const connection = client.connect({ url: closed.replace(/^http/, "ws") });
    const results = connection.iterate({ query: "{ __schema { types { name } } }" });
    await expect(results.next()).rejects.toHaveProperty("0.extensions.code", "BAD_USER_INPUT");
    await client.close();
  });

  test("a client knows what __typename is, and operations are answered", async () => {
    expect((await post(closed, { query: "{ __typename me { id } }" })).data).toEqual({ __typename: "Query", me: null });
  });

  test("GRAPHIQL=true brings the page back", async () => {
    const { headers, text: body } = await page(open);
    expect(headers.get("content-type")).toContain("text/html");
    expect(body).toContain("GraphiQL");
  });

  test.each([
    ["without a secret", { JWT_SECRET: "" }, "JWT_SECRET must be set in production"],
    ["without a way for codes", { OTP_DELIVERY: "" }, "OTP_DELIVERY must be set in production"],
    ["with codes in answers", { OTP_DELIVERY: "response" }, "OTP_DELIVERY=response"],
  ])("nothing starts %s", async (_, env, line) => {
    const settings = {
      ...PRODUCTION,
      JWT_SECRET: "x".repeat(32),
      DATABASE_URL: "postgresql://nowhere/x",
      REDIS_URL: "redis://nowhere",
    };
    const api = spawn(process.execPath, [join(inject("buildDir"), "src/main.js")], {
      env: { ...settings, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [said, out] = await Promise.all([text(api.stderr), text(api.stdout), once(api, "exit")]);
    expect(api.exitCode).toBe(1);
    expect(said.split("\n")).toEqual(["The settings have 1 fault(s):", expect.stringContaining(line), ""]);
    expect(out).toBe("");
  });
});
