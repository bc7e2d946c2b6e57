import { PrismaPg } from "@prisma/adapter-pg";
import { readConfig } from "../../src/config.ts";
import { PrismaClient } from "../../src/generated/prisma/client.ts";
import { startInsideApp, type InsideApp } from "./inside-app.ts";

/** An API inside the test's own process, which tells every statement that it sends to PostgreSQL. */
export type CountedApp = InsideApp &
  Readonly<{
    /** What is sent while something is done, with `BEGIN` and `COMMIT`; without the look at the asker's session. */
    statementsOf(work: () => Promise<unknown>): Promise<string[]>;
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
  const app = await startInsideApp("counted", config, db);
  return {
    ...app,
    async statementsOf(work) {
      sent = [];
      await work();
      return sent.filter((query) => !query.includes('"Session"'));
    },
  };
}
