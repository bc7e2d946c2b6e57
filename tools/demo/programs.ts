import { buildWeb } from "../build/web.ts";
import { startGuarded, waitUntilReady, type GuardedProcess } from "../local-stack/guarded.ts";
import type { StackEnv } from "../local-stack/stack.ts";
import type { StackUrls } from "./running-stack.ts";

export type Programs = Readonly<{
  urls: StackUrls;
  /** Rejects when one of them ends by itself. */
  failed: Promise<never>;
  stop(): Promise<void>;
}>;

const READY_LIMIT_MS = 60_000;

/** What the demo relies on, whatever the shell or .env says. */
const SETTINGS = {
  NODE_ENV: "development",
  HOST: "127.0.0.1",
  PORT: "0",
  WORKER_HEALTH_PORT: "",
  OTP_DELIVERY: "response",
  LOG_LEVEL: "info",
};

/**
 * Starts the API on a free port and a worker, from their sources, with the pages of `web/`.
 *
 * @throws with its last lines, when one of them does not get ready; neither is left running then
 */
export async function startPrograms(stack: StackEnv, abort: AbortSignal): Promise<Programs> {
  await buildWeb();
  const env = { ...SETTINGS, ...stack };
  const begun: GuardedProcess[] = [];
  let stopping = false;
  const stop = async () => {
    stopping = true;
    await Promise.all(begun.map((process) => process.stop()));
  };

  const start = async (name: string, entry: string) => {
    let port = 0;
    let readyLine = () => {};
    const ready = new Promise<void>((resolve) => {
      readyLine = resolve;
    });
    const process = await startGuarded({
      name,
      command: globalThis.process.execPath,
      args: ["--import", "tsx", "--enable-source-maps", entry],
      env,
      // The second signal tells it to give up what it still has in hand: nobody waits for the reply any more.
      ending: [
        { signal: "SIGTERM", waitMs: 2_000 },
        { signal: "SIGTERM", waitMs: 2_000 },
      ],
      onLine(line) {
        const said = /"port":(\d+).*"msg":"API is ready"|"msg":"worker is ready"/.exec(line);
        if (!said) return;
        port = Number(said[1] ?? 0);
        readyLine();
      },
      abort,
    });
    begun.push(process);
    await waitUntilReady(name, process, ready, READY_LIMIT_MS);
    const failed = process.ended.then(({ code, signal }): Promise<never> => {
      if (stopping) return new Promise(() => {});
      throw new Error(`${name} has ended (${signal ?? `exit code ${code}`}). Its last lines:\n${process.lastLines()}`);
    });
    // Heard once both are ready.
    failed.catch(() => {});
    return { port, failed };
  };

  const starts = [start("The API", "src/main.ts"), start("The worker", "worker/main.ts")] as const;
  try {
    const [api, worker] = await Promise.all(starts);
    const failed = Promise.race([api.failed, worker.failed]);
    failed.catch(() => {});
    const authority = `127.0.0.1:${api.port}`;
    return { urls: { url: `http://${authority}/graphql`, wsUrl: `ws://${authority}/graphql` }, failed, stop };
  } catch (error) {
    await stop();
    await Promise.allSettled(starts);
    await stop();
    throw error;
  }
}
