import { createApp } from "../../src/app.ts";
import { createAppContext, type AppContext } from "../../src/app-context.ts";
import type { Config } from "../../src/config.ts";
import type { Database } from "../../src/platform/postgres/prisma.ts";
import { createTestClient, type TestClient } from "./client.ts";

/** An API inside the test's own process, and a client that has signed in. */
export type InsideApp = Readonly<{ ctx: AppContext; client: TestClient; close(): Promise<void> }>;

/** @param db what the test watches; closed with the app */
export async function startInsideApp(name: string, config: Config, db: Database): Promise<InsideApp> {
  const ctx = createAppContext(config, name, { db });
  const app = createApp(ctx);
  const client = createTestClient(`http://127.0.0.1:${await app.listen()}/graphql`);
  await client.signIn();
  return {
    ctx,
    client,
    async close() {
      await client.close();
      await app.close();
      await ctx.close();
      await db.$disconnect();
    },
  };
}
