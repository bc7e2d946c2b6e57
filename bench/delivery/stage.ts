import type { Redis } from "ioredis";
import type { PrismaClient } from "../../src/generated/prisma/client.ts";
import { layGround, WORKER_FLAGS } from "../_support/ground.ts";
import type { Program } from "../_support/program.ts";
import { readVersions, type Versions } from "../_support/versions.ts";
import type { SystemName } from "./pace.ts";
import { signInUser, type BenchUser } from "./user.ts";

/** All processes of a run, each a real one: the systems compared, what feeds them, and the client. */
export type Stage = Readonly<{
  db: PrismaClient;
  redis: Redis;
  pids: Readonly<{ redis: number; postgres: number }>;
  versions: Versions;
  user: BenchUser;
  standIn: Program;
  /** Writes the replies of our system. */
  worker: Program;
  /** Writes those of the yardsticks. */
  publisher: Program;
  client: Program;
  servers: Readonly<Record<SystemName, Program>>;
  /** Another one, as good as new. */
  startServer(system: SystemName): Promise<Program>;
  stop(): Promise<void>;
}>;

export type StageOptions = Readonly<{
  notify: (line: string) => void;
  abort: AbortSignal;
}>;

/** @throws when a part cannot be had; nothing is left running then */
export async function setStage(options: StageOptions): Promise<Stage> {
  const ground = await layGround("delivery", options);
  const { db, redis, pids, stop } = ground;
  try {
    const run = (name: string, file: string, env = {}) => ground.run({ name, file, env });
    const standIn = await run("stand-in", "bench/delivery/programs/stand-in.js");
    const settings = {
      ...ground.settings,
      DATABASE_POOL: "10",
      ACCESS_TOKEN_TTL: "4h",
      BASIC_DAILY_MESSAGES: "1000000",
      // All the thousands of the bench are one user at one address.
      REQUESTS_PER_IP: "0",
      REQUESTS_PER_USER: "0",
      SOCKETS_PER_IP: "0",
      SOCKETS_PER_USER: "0",
      STREAMS_PER_SESSION: "0",
      USER_CONCURRENT_REPLIES: "0",
      WORKER_CONCURRENCY: "1000",
      GEMINI_API_KEY: "bench",
      GEMINI_BASE_URL: await standIn.call<string>("url"),
    };
    const startServer = (system: SystemName) =>
      system === "colloquy"
        ? run("API", "src/main.js", settings)
        : run(`${system} server`, `bench/delivery/programs/${system}-server.js`, settings);
    const [worker, publisher, client, colloquy, bare, stock, resumable, polling] = await Promise.all([
      ground.run({ name: "worker", file: "worker/main.js", flags: WORKER_FLAGS, env: settings }),
      run("publisher", "bench/delivery/programs/publisher.js", settings),
      run("load client", "bench/delivery/programs/load-client.js"),
      startServer("colloquy"),
      startServer("bare"),
      startServer("stock"),
      startServer("resumable"),
      startServer("polling"),
    ]);
    return {
      db,
      redis,
      pids,
      versions: await readVersions(db, redis),
      user: await signInUser(db, settings),
      standIn,
      worker,
      publisher,
      client,
      servers: { colloquy, bare, stock, resumable, polling },
      startServer,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
