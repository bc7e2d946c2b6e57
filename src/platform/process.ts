import { once } from "node:events";
import type { Logger } from "./logger.ts";

/** What a process has started, and how it ends. */
export type Running = Readonly<{
  /** How long running work may continue after a signal, in milliseconds. */
  graceMs: number;
  logger: Logger;
  stop(): Promise<void>;
}>;

/** What ending takes beyond the grace: handing back, closing connections. In milliseconds. */
const TEARDOWN_LIMIT_MS = 10_000;

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/**
 * Runs a process until the first SIGTERM or SIGINT; the second one ends it at once, and so does a stop that
 * takes too long. A fault at the start is one readable message and exit code 1.
 */
export async function run(start: () => Promise<Running>): Promise<never> {
  const signalled = Promise.race(SIGNALS.map((name) => once(process, name).then(() => name)));
  try {
    const running = await start();
    const { logger } = running;
    const signal = await signalled;
    const stoppedAt = performance.now();
    logger.info({ signal, graceMs: running.graceMs }, "stopping");
    const giveUp = (why: string) => {
      logger.warn(why);
      process.exit(1);
    };
    for (const name of SIGNALS) process.once(name, () => giveUp("ended at once: a second signal came"));
    setTimeout(() => giveUp("ended at once: stopping took too long"), running.graceMs + TEARDOWN_LIMIT_MS).unref();
    await running.stop();
    logger.info({ ms: Math.round(performance.now() - stoppedAt) }, "stopped");
    process.exit(0);
  } catch (error) {
    const expected = error instanceof Error && error.name === "ConfigError";
    process.stderr.write(`${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  }
}
