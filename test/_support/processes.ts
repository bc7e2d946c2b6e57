import { join } from "node:path";
import { startGuarded, waitUntilReady, type Ending } from "../../tools/local-stack/guarded.ts";

/** An API or a worker as a process of its own, as it runs in production. */
export type TestProcess = Readonly<{
  pid: number;
  /** Where it listens; 0 for a worker. */
  port: number;
  ended: Promise<Ending>;
  /** Everything it has logged, one object a line. */
  logs: readonly Record<string, unknown>[];
  /** Resolves with the first line, past or to come, that the test accepts. */
  whenLogged(accept: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>>;
  signal(signal: NodeJS.Signals): void;
  /** Ends it with SIGTERM, as a deployment does. */
  stop(): Promise<Ending>;
  /** Ends it with SIGKILL. */
  kill(): Promise<Ending>;
}>;

/** Optimising Prisma's query compiler, which is WebAssembly, costs more than a process under test ever gets back. */
const FLAGS = ["--enable-source-maps", "--liftoff-only"];
const READY_LIMIT_MS = 60_000;
const LOG_LIMIT_MS = 30_000;

/** Starts `src/main.js` or `worker/main.js` and waits until it is ready. */
export async function startTestProcess(
  entry: "src/main.js" | "worker/main.js",
  buildDir: string,
  env: Record<string, string>,
): Promise<TestProcess> {
  const logs: Record<string, unknown>[] = [];
  const listeners = new Set<(line: Record<string, unknown>) => void>();
  const guarded = await startGuarded({
    name: entry,
    command: process.execPath,
    args: [...FLAGS, join(buildDir, entry)],
    env,
    ending: [{ signal: "SIGTERM", waitMs: 40_000 }],
    onLine(text) {
      const line = readLine(text);
      logs.push(line);
      for (const listener of listeners) listener(line);
    },
  });

  function whenLogged(accept: (line: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    const known = logs.find(accept);
    if (known) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const finish = (end: () => void) => {
        clearTimeout(timer);
        listeners.delete(listen);
        end();
      };
      const listen = (line: Record<string, unknown>) => accept(line) && finish(() => resolve(line));
      const timer = setTimeout(
        () => finish(() => reject(new Error(`${entry} did not log that. Its last lines:\n${guarded.lastLines()}`))),
        LOG_LIMIT_MS,
      );
      listeners.add(listen);
    });
  }

  const ready = whenLogged((line) => String(line["msg"]).endsWith("is ready"));
  await waitUntilReady(entry, guarded, ready, READY_LIMIT_MS);
  return {
    pid: guarded.pid,
    port: Number((await ready)["port"] ?? 0),
    ended: guarded.ended,
    logs,
    whenLogged,
    signal: guarded.signal,
    async stop() {
      guarded.signal("SIGTERM");
      return guarded.ended;
    },
    async kill() {
      guarded.signal("SIGKILL");
      return guarded.ended;
    },
  };
}

function readLine(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { msg: text };
  }
}
