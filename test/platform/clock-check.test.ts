import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { createLogger } from "../../src/platform/logger.ts";
import { checkClock } from "../../src/platform/postgres/clock-check.ts";
import { createDatabase, type Database } from "../../src/platform/postgres/prisma.ts";
import { createTestDatabase } from "../_support/databases.ts";

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  db = createDatabase({ url: database.url, poolSize: 1 });
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

test.each([
  { off: 0, lines: 0 },
  { off: 60_000, lines: 1 },
  { off: -60_000, lines: 1 },
])("a clock that is off by $off ms is said in $lines lines", async ({ off, lines }) => {
  const said: string[] = [];
  const logger = createLogger({ level: "info", name: "test" }, { write: (line) => void said.push(line) });
  const clock = { now: () => new Date(Date.now() + off) };
  const ahead = await checkClock({ db, clock, logger });
  expect(Math.abs(ahead - off)).toBeLessThan(1_500);
  expect(said).toHaveLength(lines);
});
