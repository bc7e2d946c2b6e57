import { expect, inject, onTestFinished, test } from "vitest";
import { Prisma } from "../generated/prisma/client.ts";
import { isDataFault } from "./postgres/is-data-fault.ts";
import { isTransient } from "./is-transient.ts";
import { createDatabase } from "./postgres/prisma.ts";

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
  expect(isTransient(answer(code, message))).toBe(true);
});

test.each([
  ["42703", "column does not exist"],
  ["22P02", "invalid input syntax"],
  ["22P02", 'invalid input syntax for type uuid: "Connection terminated"'],
  ["22021", "Connection is closed"],
  ["22003", "the server does not answer"],
  ["23514", "timeout exceeded when trying to connect"],
  ["XX000", "Can't reach database"],
])("PostgreSQL's %s is a fault of ours, whatever it says", (code, message) => {
  expect(isTransient(answer(code, message))).toBe(false);
  expect(isTransient(new Error("a job", { cause: answer(code, message) }))).toBe(false);
});

test("what Prisma itself refuses is a fault of ours, whatever it quotes", async () => {
  const db = createDatabase({ url: inject("postgresUrl"), poolSize: 1 });
  onTestFinished(() => db.$disconnect());
  const refused = db.user.findMany({ where: { phone: "Connection is closed" }, take: Number.NaN });
  const error: unknown = await refused.catch((fault: unknown) => fault);
  expect(error).toBeInstanceOf(Error);
  expect([isTransient(error), isDataFault(error)]).toEqual([false, true]);
});

test.each([
  ["22003", true],
  ["22P05", true],
  ["23505", true],
  ["40001", false],
  ["57014", false],
  ["08006", false],
  ["42703", false],
])("PostgreSQL's %s is a fault of the data: %s", (code, isFault) => {
  expect(isDataFault(answer(code, "no"))).toBe(isFault);
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
  expect(isTransient(error)).toBe(true);
});
