import { startGuarded, type GuardedProcess } from "./guarded.ts";

/** A program of the project that runs from its sources and can be started again and again. */
export type Program = Readonly<{
  /** Starts it; resolves when it is ready, or has ended, or was stopped: the output tells which. */
  start(): Promise<{ ready: boolean }>;
  stop(): Promise<void>;
}>;

const READY_LIMIT_MS = 60_000;

/**
 * @param input.entry its TypeScript file
 * @param input.onLine hears each line it writes
 * @param input.onEnd hears that it has ended without being asked to
 */
export function createProgram(input: {
  name: string;
  entry: string;
  env: Readonly<Record<string, string>>;
  onLine: (line: string) => void;
  onEnd: (how: string) => void;
}): Program {
  const { name, entry, env, onLine, onEnd } = input;
  let current: { process: GuardedProcess; stopping: boolean } | undefined;

  return {
    async start() {
      let readyLine = () => {};
      const ready = new Promise<boolean>((resolve) => {
        readyLine = () => resolve(true);
      });
      const process = await startGuarded({
        name,
        command: globalThis.process.execPath,
        args: ["--import", "tsx", entry],
        env,
        // The second signal tells the program to give up what it still has in hand.
        ending: [
          { signal: "SIGTERM", waitMs: 8_000 },
          { signal: "SIGTERM", waitMs: 2_000 },
        ],
        onLine(line) {
          onLine(line);
          if (isReadyLine(line)) readyLine();
        },
      });
      const started = { process, stopping: false };
      current = started;
      const ended = process.ended.then(({ code, signal }) => {
        if (!started.stopping) onEnd(signal ?? `exit code ${code}`);
        return false;
      });
      return { ready: await withLimit(Promise.race([ready, ended])) };
    },
    async stop() {
      if (current === undefined) return;
      current.stopping = true;
      await current.process.stop();
    },
  };
}

/** The log line of a program that is up, such as `{"msg":"API is ready"}`. */
function isReadyLine(line: string): boolean {
  return line.startsWith("{") && /"msg":"[^"]*\bready\b/.test(line);
}

async function withLimit(ready: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, READY_LIMIT_MS, false);
  });
  const result = await Promise.race([ready, limit]);
  clearTimeout(timer);
  return result;
}
