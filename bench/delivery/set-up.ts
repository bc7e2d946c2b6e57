import { FAKE_GEMINI, type Harness } from "../_support/harness.ts";
import type { Program } from "../_support/program.ts";
import type { System } from "./cases.ts";
import { signInUser, type BenchUser } from "./user.ts";

/** All processes of a run, each a real one: the systems compared, what feeds them, and the client. */
export type Setup = Readonly<{
  harness: Harness;
  user: BenchUser;
  gemini: Program;
  /** Writes the replies of our system. */
  worker: Program;
  /** Writes those of the yardsticks. */
  publisher: Program;
  client: Program;
  servers: Readonly<Record<System, Program>>;
  /** Another one, as good as new. */
  startServer(system: System): Promise<Program>;
}>;

export async function setUp(harness: Harness): Promise<Setup> {
  const { run, db } = harness;
  const gemini = await run("fake Gemini", FAKE_GEMINI);
  const settings = {
    ...harness.settings,
    USER_CONCURRENT_REPLIES: "0",
    WORKER_CONCURRENCY: "1000",
    GEMINI_BASE_URL: await gemini.call<string>("url"),
  };
  const startServer = (system: System) =>
    system === "colloquy"
      ? run("API", "src/main.js", settings)
      : run(`${system} server`, `programs/${system}-server.js`, settings);
  const [worker, publisher, client, bare, colloquy, stock, resumable] = await Promise.all([
    run("worker", "worker/main.js", settings),
    run("publisher", "programs/publisher.js", settings),
    run("load client", "programs/load-client.js"),
    startServer("bare"),
    startServer("colloquy"),
    startServer("stock"),
    startServer("resumable"),
  ]);
  const servers = { bare, colloquy, stock, resumable };
  return { harness, user: await signInUser(db, settings), gemini, worker, publisher, client, servers, startServer };
}
