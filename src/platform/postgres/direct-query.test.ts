import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { Prisma } from "../../generated/prisma/client.ts";
import { isTransient } from "../is-transient.ts";
import { isUniqueViolation } from "./is-unique-violation.ts";
import { isUnreadableValue } from "./is-unreadable-value.ts";
import { createDatabase, type Database } from "./prisma.ts";

let db: Database;

beforeAll(async () => {
  db = createDatabase({ url: inject("postgresUrl"), poolSize: 2 });
  await db.$executeRaw`CREATE TABLE "Once" ("id" int PRIMARY KEY)`;
});
afterAll(async () => {
  await db.$executeRaw`DROP TABLE "Once"`;
  await db.$disconnect();
});

const failureOf = (statement: Prisma.Sql): Promise<unknown> =>
  db.query(statement).then(
    () => undefined,
    (error: unknown) => error,
  );

test("rows are what Prisma makes of them", async () => {
  const statement = Prisma.sql`
    SELECT ${"ä\u{1f600}"}::text AS "text", ${7}::int AS "int", ${2n ** 60n}::bigint AS "large", ${1.5}::float8 AS "float",
      ${true}::bool AS "bool", ${null}::text AS "none", ${"01a20000-0000-7000-8000-00000000000A"}::uuid AS "id",
      ${new Date("2026-03-29T23:30:00.123Z")}::timestamptz AS "time", ${new Date("2026-03-29T23:30:00Z")}::date AS "day",
      ${JSON.stringify({ a: [1, null] })}::jsonb AS "json", ${["a", 'b"{,}']}::text[] AS "list"`;
  const rows = await db.query(statement);
  expect(rows).toEqual(await db.$queryRaw(statement));
  expect(rows).toMatchObject([{ large: 2n ** 60n, day: new Date("2026-03-29"), time: new Date(1_774_827_000_123) }]);
});

test.each([
  ["text", ["", "NULL", "{ä,}", " two words "]],
  ["text", ["\\", "plain"]],
  ["text", ["plain", null]],
  ["int", [1, -2]],
  ["text", []],
])("a list of %s arrives as it was: %j", async (type, list) => {
  const rows = await db.query(Prisma.sql`SELECT ${list}::${Prisma.raw(type)}[] AS "list"`);
  expect(rows).toEqual([{ list }]);
});

test("PostgreSQL's refusals are known for what they are", async () => {
  const twice = Prisma.sql`INSERT INTO "Once" ("id") VALUES (${1}::int), (${1}::int)`;
  expect(isUniqueViolation(await failureOf(twice))).toBe(true);
  expect(isUnreadableValue(await failureOf(Prisma.sql`SELECT ${"no id"}::uuid`))).toBe(true);
  expect(isTransient(await failureOf(Prisma.sql`SELECT pg_terminate_backend(pg_backend_pid())`))).toBe(true);
  const unknown = await failureOf(Prisma.sql`SELECT "none"`);
  expect([unknown instanceof Error, isTransient(unknown)]).toEqual([true, false]);
});

test("a statement with a list is planned once on a connection", async () => {
  const one = createDatabase({ url: inject("postgresUrl"), poolSize: 1 });
  try {
    for (let time = 0; time < 8; time += 1) {
      await one.query(Prisma.sql`SELECT "id" FROM "Once" WHERE "id" = ANY(${[1]}::int[])`);
    }
    const plans = await one.query(Prisma.sql`
      SELECT "generic_plans"::int AS "once", "custom_plans"::int AS "anew" FROM "pg_prepared_statements"
      WHERE "name" = 's0'`);
    expect(plans).toEqual([{ once: 8, anew: 0 }]);
  } finally {
    await one.$disconnect();
  }
});
