import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { isTransient } from "../is-transient.ts";
import { createDatabase, type Database } from "./prisma.ts";
import { isWriteConflict, retryConflicts, transact } from "./transact.ts";

let db: Database;

beforeAll(async () => {
  db = createDatabase({ url: inject("postgresUrl"), poolSize: 4 });
  await db.$executeRaw`CREATE TABLE "Lockable" ("id" int PRIMARY KEY, "changes" int NOT NULL DEFAULT 0)`;
});
afterAll(async () => {
  await db.$executeRaw`DROP TABLE "Lockable"`;
  await db.$disconnect();
});
beforeEach(async () => {
  await db.$executeRaw`TRUNCATE "Lockable"`;
  await db.$executeRaw`INSERT INTO "Lockable" ("id") VALUES (1), (2)`;
});

/** Resolves for all once so many have called it. */
function meetingOf(count: number): () => Promise<void> {
  const waiting: (() => void)[] = [];
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length >= count) for (const go of waiting) go();
    });
}

test("two transactions that lock two rows in opposite orders both succeed", async () => {
  const bothHoldOne = meetingOf(2);
  let runs = 0;
  const change = (first: number, second: number) =>
    transact(db, async (tx) => {
      runs += 1;
      await tx.$executeRaw`UPDATE "Lockable" SET "changes" = "changes" + 1 WHERE "id" = ${first}`;
      await bothHoldOne();
      await tx.$executeRaw`UPDATE "Lockable" SET "changes" = "changes" + 1 WHERE "id" = ${second}`;
    });
  await Promise.all([change(1, 2), change(2, 1)]);
  expect(runs).toBe(3);
  expect(await db.$queryRaw`SELECT "changes" FROM "Lockable"`).toEqual([{ changes: 2 }, { changes: 2 }]);
});

test("so do two that read what the other one writes", async () => {
  const bothHaveRead = meetingOf(2);
  const change = (read: number, written: number) =>
    transact(db, async (tx) => {
      await tx.$executeRaw`SET TRANSACTION ISOLATION LEVEL SERIALIZABLE`;
      await tx.$queryRaw`SELECT "changes" FROM "Lockable" WHERE "id" = ${read}`;
      await bothHaveRead();
      await tx.$executeRaw`UPDATE "Lockable" SET "changes" = "changes" + 1 WHERE "id" = ${written}`;
    });
  await Promise.all([change(1, 2), change(2, 1)]);
  expect(await db.$queryRaw`SELECT "changes" FROM "Lockable"`).toEqual([{ changes: 1 }, { changes: 1 }]);
});

test.each(["40001", "40P01"])("PostgreSQL's %s is tried five times, and passes", async (code) => {
  let tries = 0;
  const fault = await retryConflicts(async () => {
    tries += 1;
    await db.$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '${code}'; END $$`);
  }).catch((error: unknown) => error);
  expect(tries).toBe(5);
  expect([isWriteConflict(fault), isTransient(fault)]).toEqual([true, true]);
});

test.each(["23505", "22003", "P0001"])("%s is no such fault, and is thrown at once", async (code) => {
  let tries = 0;
  const fault = await retryConflicts(async () => {
    tries += 1;
    await db.$executeRawUnsafe(`DO $$ BEGIN RAISE EXCEPTION 'other' USING ERRCODE = '${code}'; END $$`);
  }).catch((error: unknown) => error);
  expect(tries).toBe(1);
  expect([isWriteConflict(fault), isTransient(fault)]).toEqual([false, false]);
});
