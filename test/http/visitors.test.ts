import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { ask, post } from "../_support/post.ts";
import type { TestProcess } from "../_support/processes.ts";

const PRODUCTION = {
  NODE_ENV: "production",
  OTP_DELIVERY: "webhook",
  OTP_WEBHOOK_URL: "http://127.0.0.1:9",
  OTP_WEBHOOK_SECRET: "s".repeat(32),
};

let colloquy: Colloquy;
let api: TestProcess;

beforeAll(async () => {
  colloquy = await startColloquy({ apis: 0, workers: 0 });
  api = await colloquy.startApi(PRODUCTION);
});
afterAll(() => colloquy.close());

const at = (path: string) => `http://127.0.0.1:${api.port}${path}`;
const BROWSER = { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } };

describe("in production", () => {
  test.each([
    ["/graphql", 200],
    ["/graphql/", 200],
    ["/graphiql", 404],
    ["/favicon.ico", 404],
    ["/graphql/schema", 404],
    ["/api//graphql", 404],
  ])("a browser at %s reads what this is", async (path, status) => {
    const answer = await ask(at(path), BROWSER);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toContain("application/json");
    expect(JSON.parse(answer.text)).toMatchObject({
      message: expect.stringContaining("Colloquy") as string,
      graphql: "/graphql",
    });
  });

  test("a program at / reads what this is, and so does a browser without the page", async () => {
    expect(JSON.parse((await ask(at("/"))).text)).toMatchObject({ graphql: "/graphql" });
    const plain = await colloquy.startApi({ ...PRODUCTION, WEB: "false" });
    for (const [path, status] of [
      ["/", 200],
      ["/c/x", 404],
      ["/assets/x.js", 404],
    ] as const) {
      const answer = await ask(`http://127.0.0.1:${plain.port}${path}`, BROWSER);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([status, "application/json; charset=utf-8"]);
    }
  });

  test("a client is answered as ever, also one that says that it is a browser", async () => {
    expect((await post(at("/graphql"), { query: "{ __typename }" })).data).toEqual({ __typename: "Query" });
    expect((await post(at("/graphql/"), { query: "{ __typename }" })).data).toEqual({ __typename: "Query" });
    expect((await ask(at("/graphql?query={__typename}"), BROWSER)).status).not.toBe(404);
    expect((await ask(at("/graphql"))).codes).toEqual(["BAD_USER_INPUT"]);
  });

  test.each(["/graphql", "/graphql/", "/"])(
    "a WebSocket without its upgrade gets an answer that says what took it: %s",
    async (path) => {
      const headers = {
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-version": "13",
        connection: "close",
      };
      const [status, upgrade, body] = await new Promise<[number | undefined, string | undefined, string]>(
        (resolve, reject) => {
          request(at(path), { headers }, (response) => {
            text(response).then((read) => resolve([response.statusCode, response.headers.upgrade, read]), reject);
          })
            .on("error", reject)
            .end();
        },
      );
      expect([status, upgrade]).toEqual([426, "websocket"]);
      expect(body).toContain("proxy");
    },
  );
});

test("a proxy that no setting names is logged once", async () => {
  for (let n = 0; n < 3; n += 1)
    await post(at("/graphql"), { query: "{ __typename }" }, { "x-forwarded-for": "203.0.113.9" });
  const warnings = () => api.logs.filter(({ msg }) => String(msg).includes("TRUST_PROXY"));
  await api.whenLogged(({ msg }) => String(msg).includes("TRUST_PROXY"));
  expect(warnings()).toHaveLength(1);
  const trusting = await colloquy.startApi({ TRUST_PROXY: "1" });
  await post(
    `http://127.0.0.1:${trusting.port}/graphql`,
    { query: "{ __typename }" },
    { "x-forwarded-for": "203.0.113.9" },
  );
  await ask(`http://127.0.0.1:${trusting.port}/nowhere`);
  expect(trusting.logs.filter(({ msg }) => String(msg).includes("TRUST_PROXY"))).toEqual([]);
});

describe("readiness", () => {
  const READY = [200, { status: "ok", postgres: "ok", redis: "ok" }];
  /** A part that has not answered within a second counts as away. */
  const PATIENTLY = { interval: 50 };
  const ready = async (port: number) => {
    const { status, text: body } = await ask(`http://127.0.0.1:${port}/ready`);
    return [status, JSON.parse(body) as unknown] as const;
  };

  test("knows a migration that was not applied, and a database without any", async () => {
    await expect.poll(() => ready(api.port), PATIENTLY).toEqual(READY);
    const missing = [503, { status: "unavailable", postgres: "migrations are missing", redis: "ok" }];
    const [{ name } = { name: "" }] = await colloquy.db.$queryRaw<{ name: string }[]>`
      SELECT "migration_name" AS "name" FROM "_prisma_migrations" ORDER BY "migration_name" DESC LIMIT 1`;
    await colloquy.db
      .$executeRaw`UPDATE "_prisma_migrations" SET "migration_name" = 'other' WHERE "migration_name" = ${name}`;
    await expect.poll(() => ready(api.port), PATIENTLY).toEqual(missing);
    await colloquy.db
      .$executeRaw`UPDATE "_prisma_migrations" SET "migration_name" = ${name} WHERE "migration_name" = 'other'`;
    await expect.poll(() => ready(api.port), PATIENTLY).toEqual(READY);
    await colloquy.db.$executeRaw`ALTER TABLE "_prisma_migrations" RENAME TO "elsewhere"`;
    await expect.poll(() => ready(api.port), PATIENTLY).toEqual(missing);
    await colloquy.db.$executeRaw`ALTER TABLE "elsewhere" RENAME TO "_prisma_migrations"`;
    await expect.poll(() => ready(api.port), PATIENTLY).toEqual(READY);
  });

  test.each([
    ["no key", "", "GEMINI_API_KEY is not set"],
    ["a key that is none", "schlüssel", "GEMINI_API_KEY has characters that no key has"],
  ])("a worker with %s says so, at its start and here", async (_, key, fault) => {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const worker = await colloquy.startWorker({ GEMINI_API_KEY: key, WORKER_HEALTH_PORT: String(port) });
    await worker.whenLogged(({ msg, level }) => String(msg).startsWith(fault) && Number(level) >= 50);
    await expect
      .poll(() => ready(port), PATIENTLY)
      .toEqual([503, { status: "unavailable", postgres: "ok", redis: "ok", fault }]);
    await worker.stop();
  });
});
