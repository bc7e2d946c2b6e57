import { createHash } from "node:crypto";
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Colloquy } from "../_support/colloquy.ts";
import { ask, post } from "../_support/post.ts";
import { shareColloquy } from "../_support/shared-colloquy.ts";

let colloquy: Colloquy;
let url: string;
let redis: Redis;

beforeAll(async () => {
  colloquy = await shareColloquy({ workers: 0, apis: 2 });
  ({ url } = colloquy.client());
  redis = new Redis(colloquy.redis.url);
});
afterAll(async () => {
  redis.disconnect();
  await colloquy.close();
});

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const byHash = (hash: string, version = 1) => ({ extensions: { persistedQuery: { version, sha256Hash: hash } } });
const known = () => redis.hlen("{persisted}:queries");

test("Apollo's own link asks by hash, sends the text once, and every process knows it then", async () => {
  const sent: string[] = [];
  const apollo = (uri: string) =>
    new ApolloClient({
      cache: new InMemoryCache(),
      link: new PersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(
        new HttpLink({
          uri,
          fetch: (input, init) => {
            sent.push(
              `${init?.method} ${typeof init?.body === "string" && init.body.includes("query Me") ? "text" : "hash"}`,
            );
            return fetch(input, init);
          },
        }),
      ),
    });
  const query = gql("query Me { me { id } __typename }");
  expect((await apollo(url).query({ query })).data).toEqual({ me: null, __typename: "Query" });
  expect(sent.splice(0)).toEqual(["GET hash", "POST text"]);
  await expect.poll(known).toBe(1);
  expect((await apollo(colloquy.client(colloquy.apis[1]).url).query({ query })).data).toMatchObject({ me: null });
  expect(sent).toEqual(["GET hash"]);
});

test("an unknown hash is refused, over POST and GET, with a code that clients know", async () => {
  const missing = byHash(sha256("nothing"));
  const search = `extensions=${encodeURIComponent(JSON.stringify(missing.extensions))}`;
  for (const answer of [await post(url, missing), await ask(`${url}?${search}`)]) {
    expect(answer.status).toBe(200);
    expect(answer.errors[0]?.message).toBe("PersistedQueryNotFound");
    expect(answer.codes).toEqual(["PERSISTED_QUERY_NOT_FOUND"]);
  }
});

test.each<[string, object]>([
  ["another version", byHash(sha256("x"), 2)],
  ["no hash", byHash("abc")],
  ["no object", { extensions: { persistedQuery: "x" } }],
  ["the hash of another text", { query: "{ __typename }", ...byHash(sha256("{ me { id } }")) }],
])("%s is refused", async (_, body) => {
  const before = await known();
  const answer = await post(url, body);
  expect([answer.status, answer.codes]).toEqual([400, ["BAD_USER_INPUT"]]);
  expect(await known()).toBe(before);
});

test("only what is valid and of ordinary size is remembered, and no more than so many", async () => {
  const before = await known();
  const invalid = "{ nothing }";
  expect((await post(url, { query: invalid, ...byHash(sha256(invalid)) })).codes).toEqual(["BAD_USER_INPUT"]);
  const long = `{ __typename }${" ".repeat(10_000)}`;
  expect((await post(url, { query: long, ...byHash(sha256(long)) })).data).toEqual({ __typename: "Query" });
  expect(await known()).toBe(before);

  const pipeline = redis.pipeline();
  for (let n = 0; n < 2_100; n += 1)
    pipeline.hset("{persisted}:queries", `h${n}`, "x").zadd("{persisted}:order", n, `h${n}`);
  await pipeline.exec();
  const query = "{ __typename me { id } }";
  await post(url, { query, ...byHash(sha256(query)) });
  await expect.poll(known).toBe(2_000);
  expect((await post(url, byHash(sha256(query)))).data).toEqual({ __typename: "Query", me: null });
  expect(await redis.ttl("{persisted}:queries")).toBeGreaterThan(80_000);
});
