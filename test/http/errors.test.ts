import { auditServer } from "graphql-http";
import { afterAll, beforeAll, describe, expect, inject, test, vi } from "vitest";
import { ERROR_CODES } from "../../src/errors.ts";
import { createDatabase } from "../../src/platform/postgres/prisma.ts";
import type { TestClient } from "../_support/client.ts";
import type { Colloquy } from "../_support/colloquy.ts";
import { ask, post, type RawAnswer } from "../_support/post.ts";
import type { TestProcess } from "../_support/processes.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

const MISSING = "01a1ffca-a817-751a-8420-6b7e3907cbfe";
const SPEC = { accept: "application/graphql-response+json" };
const LEGACY = { accept: "application/json" };

let colloquy: Colloquy;
let api: TestProcess;
let alice: TestClient;
let url: string;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0 });
  alice = await colloquy.signIn();
  ({ url } = alice);
  [api] = colloquy.apis as [TestProcess];
});
afterAll(() => colloquy.close());

const bearer = () => ({ authorization: `Bearer ${alice.token()}` });

test("the server passes the audit of GraphQL over HTTP", async () => {
  const audits = await auditServer({ url });
  expect(audits.length).toBeGreaterThan(50);
  expect(audits.filter(({ status }) => status !== "ok").map(({ id, name }) => `${id} ${name}`)).toEqual([]);
});

describe("what is wrong with an operation", () => {
  const CHATROOM = "query ($id: ID!) { chatroom(id: $id) { id } }";

  test.each<[string, object]>([
    ["does not parse", { query: "{ me {" }],
    ["is empty", { query: "" }],
    ["asks for what there is not", { query: "{ you { id } }" }],
    ["lacks an argument", { query: "{ chatroom { id } }" }],
    ["has an argument that does not fit", { query: "{ chatroom(id: true) { id } }" }],
    ["lacks a variable", { query: CHATROOM }],
    ["has a variable that does not fit", { query: CHATROOM, variables: { id: true } }],
    ["has a variable of another shape", { query: CHATROOM, variables: { id: { a: 1 } } }],
    ["names an operation it does not hold", { query: "query A { me { id } }", operationName: "B" }],
    ["does not say which operation", { query: "query A { me { id } } query B { me { id } }" }],
    ["uses a directive there is not", { query: "{ ... @defer { me { id } } }" }],
  ])("has a code and its status: one that %s", async (_, operation) => {
    const answer = await post(url, operation, { ...SPEC, ...bearer() });
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/graphql-response+json; charset=utf-8");
    expect(answer).not.toHaveProperty("data");
    expect(new Set(answer.codes)).toEqual(new Set(["BAD_USER_INPUT"]));
    for (const { extensions } of answer.errors) expect(extensions).toEqual({ code: "BAD_USER_INPUT" });
    // Clients from before the specification take anything but 200 for a broken connection.
    const legacy = await post(url, operation, { ...LEGACY, ...bearer() });
    expect([200, 400]).toContain(legacy.status);
    expect(legacy.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(legacy.errors).toEqual(answer.errors);
  });

  test.each<[string, object]>([
    ["does not parse", { query: "{ me {" }],
    ["asks for what there is not", { query: "{ you { id } }" }],
    ["has a variable that does not fit", { query: CHATROOM, variables: { id: true } }],
  ])("is no broken connection for older clients: one that %s", async (_, operation) => {
    expect((await post(url, operation, LEGACY)).status).toBe(200);
  });

  test.each([
    ["does not parse", "{ me {", {}],
    ["asks for what there is not", "{ you { id } }", {}],
    ["has a variable that does not fit", CHATROOM, { id: true }],
  ])("comes over a WebSocket in the same words: one that %s", async (_, query, variables) => {
    const { errors } = await post(url, { query, variables });
    const results = alice.connect().iterate({ query, variables });
    const told = await results.next().then(
      ({ value }) => (value as { errors: unknown }).errors,
      (thrown: unknown) => thrown,
    );
    expect(told).toEqual(errors);
  });

  test.each<[string, string]>([
    ["not JSON", "{ me }"],
    ["nothing", ""],
    ["a list", "[]"],
    ["a text", '"{ me { id } }"'],
    ["null", "null"],
    ["no operation", "{}"],
    ["an operation that is no text", '{"query":{"me":1}}'],
    ["variables that are a list", '{"query":"{ __typename }","variables":[1]}'],
    ["something else besides", '{"query":"{ __typename }","batch":true}'],
  ])("has a code: a body that is %s", async (_, body) => {
    const answer = await post(url, body, SPEC);
    expect(answer.status).toBe(400);
    expect(answer.codes).toEqual(["BAD_USER_INPUT"]);
    expect(Object.keys(answer.errors[0]?.extensions ?? {})).toEqual(["code"]);
  });

  test.each(["variables={", "variables=[", "extensions=x", "query="])("has a code: a GET with %s", async (search) => {
    const answer = await ask(`${url}?${search.startsWith("query") ? "" : "query={__typename}&"}${search}`, {
      headers: SPEC,
    });
    expect(answer.status).toBe(400);
    expect(answer.codes).toEqual(["BAD_USER_INPUT"]);
  });

  test("does not reach the error log", () => {
    expect(api.logs.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });
});

describe("a refusal", () => {
  test("is an answer, with a path, in both of its types", async () => {
    const query = `{ me { id } chatroom(id: "${MISSING}") { id } }`;
    for (const accept of [SPEC, LEGACY]) {
      const answer = await post(url, { query }, { ...accept, ...bearer() });
      expect(answer.status).toBe(200);
      expect(answer.data).toEqual({ me: { id: alice.userId() }, chatroom: null });
      expect(answer.errors).toMatchObject([{ path: ["chatroom"], extensions: { code: "NOT_FOUND" } }]);
    }
  });

  test("carries the id of its request, like every answer", async () => {
    const idOf = ({ headers }: RawAnswer) => headers.get("x-request-id");
    const answers = [
      await post(url, { query: "{ __typename }" }),
      await post(url, { query: "{ chatroom(id: 1) { id } }" }),
      await post(url, { query: "{" }),
      await post(url, "{"),
      await ask(url, { method: "POST", body: "text" }),
      await ask(url, { method: "PUT" }),
    ];
    const ids = new Set(answers.map(idOf));
    expect(ids.size).toBe(answers.length);
    for (const id of ids) expect(id).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  });
});

describe("what breaks on the server", () => {
  /** While a column has another name. */
  async function without<T>(table: string, column: string, attempt: () => Promise<T>): Promise<T> {
    await colloquy.db.$executeRawUnsafe(`ALTER TABLE "${table}" RENAME COLUMN "${column}" TO "gone"`);
    try {
      return await attempt();
    } finally {
      await colloquy.db.$executeRawUnsafe(`ALTER TABLE "${table}" RENAME COLUMN "gone" TO "${column}"`);
    }
  }

  async function expectMasked(answer: RawAnswer, path?: string): Promise<void> {
    const requestId = answer.headers.get("x-request-id");
    expect(answer.errors).toEqual([
      {
        message: "Something broke on the server.",
        ...(path && { path: [path], locations: expect.any(Array) as unknown }),
        extensions: { code: "INTERNAL", requestId },
      },
    ]);
    const line = await api.whenLogged((each) => each["requestId"] === requestId);
    expect(line).toMatchObject({ level: 50, msg: "unexpected error", ...(path && { path: [path] }) });
    // Of Prisma or of pg, whose bundle numbers the name.
    const type = expect.stringMatching(/^(PrismaClientKnownRequest|Database)Error/) as unknown;
    expect(line["err"]).toHaveProperty("type", type);
    expect(line["err"]).toHaveProperty("message", expect.stringContaining("does not exist"));
  }

  test.each<[string, string, string, string]>([
    ["createChatroom", "mutation { createChatroom { id } }", "Chatroom", "systemPrompt"],
    ["chatrooms", "{ chatrooms { edges { cursor } } }", "Chatroom", "lastMessageAt"],
  ])("is masked, and found again by its id: %s", async (path, query, table, column) => {
    const answer = await without(table, column, () => post(url, { query }, bearer()));
    expect(answer.status).toBe(200);
    await expectMasked(answer, path);
    expect((await post(url, { query }, bearer())).codes).toEqual([]);
  });

  test("is an error of the server when nothing could be run", async () => {
    for (const accept of [SPEC, LEGACY]) {
      const query = "{ __typename }";
      const answer = await without("Session", "revokedAt", () => post(url, { query }, { ...accept, ...bearer() }));
      expect(answer.status).toBe(500);
      expect(answer).not.toHaveProperty("data");
      await expectMasked(answer);
    }
  });

  test("is masked over a WebSocket too", async () => {
    const results = alice.connect().iterate({ query: "mutation { createChatroom { id } }" });
    const { value } = (await without("Chatroom", "systemPrompt", () => results.next())) as {
      value: { errors: readonly { message: string; extensions: { code: string; requestId: string } }[] };
    };
    const [error] = value.errors;
    expect(error).toMatchObject({ message: "Something broke on the server.", extensions: { code: "INTERNAL" } });
    await api.whenLogged((line) => line["requestId"] === error?.extensions.requestId);
  });
});

describe("health", () => {
  const look = async (path: "/health" | "/ready"): Promise<[number, Record<string, unknown>]> => {
    const { status, text } = await ask(`http://127.0.0.1:${api.port}${path}`);
    return [status, JSON.parse(text) as Record<string, unknown>];
  };
  const ALIVE = [200, { status: "ok" }];
  const READY = [200, { status: "ok", postgres: "ok", redis: "ok" }];
  const whenReady = () => vi.waitFor(async () => expect(await look("/ready")).toEqual(READY), { timeout: 30_000 });

  test("is well while both parts answer", async () => {
    expect(await look("/health")).toEqual(ALIVE);
    expect(await look("/ready")).toEqual(READY);
  });

  test("says that Redis does not answer, and when it does again", async () => {
    colloquy.redis.pause();
    try {
      expect(await look("/ready")).toEqual([200, { status: "degraded", postgres: "ok", redis: "away" }]);
      expect(await look("/health")).toEqual(ALIVE);
    } finally {
      colloquy.redis.resume();
    }
    await whenReady();
  });

  test("says that PostgreSQL lets nobody in, and when it does again", async () => {
    const [{ name } = { name: "" }] = await colloquy.db.$queryRaw<
      { name: string }[]
    >`SELECT current_database() AS name`;
    const server = createDatabase({ url: inject("postgresUrl"), poolSize: 1 });
    try {
      await server.$executeRawUnsafe(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`);
      await server.$queryRaw`SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE datname = ${name}`;
      expect(await look("/ready")).toEqual([503, { status: "unavailable", postgres: "away", redis: "ok" }]);
      expect(await look("/health")).toEqual(ALIVE);
    } finally {
      await server.$executeRawUnsafe(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS true`);
      await server.$disconnect();
    }
    await whenReady();
  });
});

test("every code says what it means", () => {
  for (const meaning of Object.values(ERROR_CODES)) expect(meaning).toMatch(/\.$/);
});
