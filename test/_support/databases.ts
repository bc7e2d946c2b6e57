import { randomBytes } from "node:crypto";
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
