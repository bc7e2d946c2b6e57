import { PrismaPg } from "@prisma/adapter-pg";
import { createApp } from "../../src/app.ts";
import { createAppContext, type AppContext } from "../../src/app-context.ts";
import { readConfig } from "../../src/config.ts";
import { PrismaClient } from "../../src/generated/prisma/client.ts";
import { createTestClient, type TestClient } from "./client.ts";

/** An API inside the test's own process, which tells every statement that it sends to PostgreSQL. */
export type CountedApp = Readonly<{
  ctx: AppContext;
  client: TestClient;
  /** What is sent while something is done, with `BEGIN` and `COMMIT`; without the look at the asker's session. */
  statementsOf(work: () => Promise<unknown>): Promise<string[]>;
  close(): Promise<void>;
}>;

/** @param env the settings of a Colloquy */
export async function startCountedApp(env: Readonly<Record<string, string>>): Promise<CountedApp> {
  const config = readConfig({ ...env, LOG_LEVEL: "silent" });
  const db = new PrismaClient({
    adapter: new PrismaPg({ connectionString: config.database.url, max: config.database.poolSize }),
    log: [{ emit: "event", level: "query" }],
  });
  let sent: string[] = [];
  db.$on("query", ({ query }) => void sent.push(query));
  const ctx = createAppContext(config, "counted", { db });
  const app = createApp(ctx);
  const client = createTestClient(`http://127.0.0.1:${await app.listen()}/graphql`);
  await client.signIn();
  return {
    ctx,
    client,
    async statementsOf(work) {
      sent = [];
      await work();
      return sent.filter((query) => !query.includes('"Session"'));
    },
    async close() {
      await client.close();
      await app.close();
      await ctx.close();
      await db.$disconnect();
    },
  };
}
