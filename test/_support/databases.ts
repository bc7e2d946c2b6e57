import { randomBytes } from "node:crypto";
import { createDatabase as connect } from "../../src/platform/postgres/prisma.ts";
import { createDatabase, dropDatabase } from "../../tools/local-stack/postgres.ts";

/** The migrated database that every test file copies. */
export const TEMPLATE = "colloquy_template";

export type TestDatabase = Readonly<{ url: string; drop(): Promise<void> }>;

/** A migrated database of one's own on the tests' server. */
export async function createTestDatabase(postgresUrl: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  const url = await createDatabase(postgresUrl, name, TEMPLATE);
  return { url, drop: () => dropDatabase(postgresUrl, name) };
}

/** Lets PostgreSQL think that it is elsewhere: days are the users'. */
export async function moveServer(url: string, timeZone: string): Promise<void> {
  const db = connect({ url, poolSize: 1 });
  await db.$executeRawUnsafe(`ALTER DATABASE "${new URL(url).pathname.slice(1)}" SET timezone TO '${timeZone}'`);
  await db.$disconnect();
}
