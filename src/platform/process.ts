import { once } from "node:events";

/** What a process has started, and how it ends. */
export type Running = Readonly<{
  /** How long running work may continue after a signal, in milliseconds. */
  graceMs: number;
  stop(): Promise<void>;
}>;

/** What ending takes beyond the grace: handing back, closing connections. In milliseconds. */
const TEARDOWN_LIMIT_MS = 10_000;

/**
 * Runs a process until the first SIGTERM or SIGINT; the second one ends it at once, and so does a stop that
 * takes too long. A fault at the start is one readable message and exit code 1.
 */
export async function run(start: () => Promise<Running>): Promise<never> {
  const signalled = Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  try {
    const running = await start();
    await signalled;
    process.once("SIGTERM", () => process.exit(1));
    process.once("SIGINT", () => process.exit(1));
    setTimeout(() => process.exit(1), running.graceMs + TEARDOWN_LIMIT_MS).unref();
    await running.stop();
    process.exit(0);
  } catch (error) {
    const expected = error instanceof Error && error.name === "ConfigError";
    process.stderr.write(`${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  }
}
