import { readConfig } from "../../src/config.ts";
import { createDatabase } from "../../src/platform/postgres/prisma.ts";
import { startInsideApp, type InsideApp } from "./inside-app.ts";

/** An API inside the test's own process, which tells every statement that it sends to PostgreSQL. */
export type CountedApp = InsideApp &
  Readonly<{
    /** What is sent while something is done, with `BEGIN` and `COMMIT`; without the look at the asker's session. */
    statementsOf(work: () => Promise<unknown>): Promise<string[]>;
  }>;

const STATEMENT = /^(?:statement|execute [^:]+): (.*)$/s;

/** @param env the settings of a Colloquy */
export async function startCountedApp(env: Readonly<Record<string, string>>): Promise<CountedApp> {
  const config = readConfig({ ...env, LOG_LEVEL: "silent" });
  let sent: string[] = [];
  const db = createDatabase({
    ...config.database,
    // PostgreSQL tells each statement to who has sent it.
    settings: { log_statement: "all", client_min_messages: "log" },
    onNotice(message) {
      const statement = STATEMENT.exec(message)?.[1];
      if (statement !== undefined) sent.push(statement);
    },
  });
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
