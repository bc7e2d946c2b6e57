import { expect, inject, onTestFinished, test } from "vitest";
import { Prisma } from "../generated/prisma/client.ts";
import { isPartAway } from "./is-part-away.ts";
import { createDatabase } from "./prisma.ts";

/** What Prisma makes of an error answer that it has no code of its own for. */
const answer = (code: string, message: string) =>
  new Prisma.PrismaClientKnownRequestError(`Database error. Code: \`${code}\`. Message: \`${message}\``, {
    code: "P2039",
    clientVersion: "7",
    meta: { driverAdapterError: { cause: { originalCode: code } } },
  });

test.each([
  ["57P03", "the database system is shutting down"],
  ["57P01", "terminating connection due to administrator command"],
  ["53300", "sorry, too many clients already"],
  ["08006", "connection failure"],
])("PostgreSQL's %s passes", (code, message) => {
  expect(isPartAway(answer(code, message))).toBe(true);
});

test.each([
  ["42703", "column does not exist"],
  ["22P02", "invalid input syntax"],
])("PostgreSQL's %s is a fault of ours", (code, message) => {
  expect(isPartAway(answer(code, message))).toBe(false);
});

test("a statement that PostgreSQL ended for taking too long may succeed the next time", async () => {
  const db = createDatabase({ url: inject("postgresUrl"), poolSize: 1 });
  onTestFinished(() => db.$disconnect());
  const slow = db.$transaction(async (tx) => {
    await tx.$executeRaw`SET LOCAL statement_timeout = '10ms'`;
    await tx.$queryRaw`SELECT pg_sleep(5)::text`;
  });
  const error: unknown = await slow.catch((fault: unknown) => fault);
  expect(String(error)).toContain("57014");
  expect(isPartAway(error)).toBe(true);
});
