import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { ask, post } from "../_support/post.ts";

const ORIGIN = "https://app.example";

let colloquy: Colloquy;
let url: string;

beforeAll(async () => {
  colloquy = await startColloquy({ workers: 0, env: { CORS_ORIGINS: ORIGIN } });
  ({ url } = colloquy.client());
});
afterAll(() => colloquy.close());

describe("every answer", () => {
  const QUERY = { query: "{ __typename }" };

  test.each<[string, () => Promise<{ headers: Headers }>]>([
    ["to a query", () => post(url, QUERY)],
    ["to what does not parse", () => post(url, { query: "{" })],
    ["to what is too long", () => post(url, " ".repeat(300_000))],
    ["to a method there is not", () => ask(url, { method: "PUT" })],
    ["to a wrong path", () => ask(`${url}/nowhere`)],
    ["of health", () => ask(url.replace("graphql", "health"))],
    ["of readiness", () => ask(url.replace("graphql", "ready"))],
    ["of the webhook", () => ask(url.replace("graphql", "webhooks/stripe"), { method: "POST" })],
  ])("is cached by nobody, and is what its type says: the one %s", async (_, answer) => {
    const { headers } = await answer();
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });

  test.each([ORIGIN, "https://other.example", undefined])("differs by the origin that asks: %s", async (origin) => {
    const { headers } = await post(url, QUERY, origin === undefined ? {} : { origin });
    expect(headers.get("vary")).toContain("origin");
  });

  test("keeps its connection for longer than proxies do", async () => {
    const connection = connect(colloquy.apis[0]!.port, "127.0.0.1");
    connection.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const [answer] = (await once(connection, "data")) as [Buffer];
    connection.destroy();
    expect(Number(/keep-alive: timeout=(\d+)/i.exec(answer.toString())?.[1])).toBeGreaterThan(60);
  });
});

describe("a page of an allowed origin", () => {
  const preflight = (headers: string | undefined, origin = ORIGIN) =>
    ask(url, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        ...(headers !== undefined && { "access-control-request-headers": headers }),
      },
    });

  test.each([
    "apollographql-client-name,apollographql-client-version,authorization,content-type",
    "authorization, traceparent, tracestate",
    "baggage,content-type,sentry-trace",
    "x-anything-at-all",
  ])("may send any header: %s", async (requested) => {
    const { status, headers } = await preflight(requested);
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-headers")?.split(", ")).toEqual(requested.split(/, ?/));
    expect(headers.get("access-control-allow-origin")).toBe(ORIGIN);
    expect(headers.get("vary")).toBe("origin, access-control-request-headers");
  });

  test("gets no headers that it does not ask for", async () => {
    const { status, headers } = await preflight(undefined);
    expect([status, headers.get("access-control-allow-headers")]).toEqual([204, null]);
  });

  test("reads when it may come again, and what its request is called, also from a refusal", async () => {
    for (const answer of [
      await post(url, { query: "{ __typename }" }, { origin: ORIGIN }),
      await post(url, "{", { origin: ORIGIN }),
    ]) {
      expect(answer.headers.get("access-control-expose-headers")?.split(", ").toSorted()).toEqual([
        "retry-after",
        "x-request-id",
      ]);
    }
  });

  test("is another one than a page of any other", async () => {
    const { headers } = await preflight("content-type", "https://app.example.evil.example");
    expect(headers.get("access-control-allow-origin")).toBeNull();
    expect(headers.get("access-control-allow-headers")).toBeNull();
  });
});
