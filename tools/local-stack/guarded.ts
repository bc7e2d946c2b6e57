import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** How a process ended: one of the two is set. */
export type Ending = Readonly<{ code: number | null; signal: NodeJS.Signals | null }>;

export type GuardedProcess = Readonly<{
  pid: number;
  ended: Promise<Ending>;
  /** The newest lines it wrote, for error messages. */
  lastLines(): string;
  /** Sends a signal to the process itself, past its guard. Harmless when it has ended. */
  signal(signal: NodeJS.Signals): void;
  /** Ends it as `Order.ending` says. Harmless when it has ended already. */
  stop(): Promise<void>;
}>;

export type Order = Readonly<{
  /** Shown in error messages and in the list of processes. */
  name: string;
  command: string;
  args: readonly string[];
  /** Added to this process's environment. */
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  user?: Readonly<{ uid: number; gid: number }> | undefined;
  /** The signals that end it, each with the time it is given; the last resort is SIGKILL. */
  ending?: readonly Readonly<{ signal: NodeJS.Signals; waitMs: number }>[];
  onLine?: ((line: string) => void) | undefined;
  /** Aborting it ends the process. */
  abort?: AbortSignal | undefined;
}>;

const GUARD = fileURLToPath(new URL("guard.mjs", import.meta.url));
const KEPT_LINES = 15;
const OUTPUT_LIMIT_MS = 5_000;

const Report = z.union([
  z.object({ pid: z.number() }),
  z.object({ error: z.string() }),
  z.object({
    ended: z.object({
      code: z.number().nullable(),
      signal: z.custom<NodeJS.Signals>((value) => typeof value === "string").nullable(),
    }),
  }),
]);

/**
 * Starts a process that does not outlive this one, also when this one is killed: a small guard stands between the two.
 * It gets none of the terminal's signals, so that Ctrl-C ends things in the order that `stop` is called.
 *
 * @throws when it cannot be started
 */
export async function startGuarded(order: Order): Promise<GuardedProcess> {
  order.abort?.throwIfAborted();
  const guard = spawn(process.execPath, [GUARD, order.name], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true,
    cwd: order.cwd,
  });
  const lines = readLines(guard, order.onLine);
  const { started, ended } = followReports(guard);
  const { command, args, env, user, ending = [{ signal: "SIGTERM", waitMs: 10_000 }] } = order;
  guard.send({ command, args, env, ...user, ending: [...ending, { signal: "SIGKILL", waitMs: 0 }] }, () => {});

  const stop = async () => {
    if (guard.connected) guard.send("end", () => {});
    await ended;
  };
  const stopOnAbort = () => void stop();
  order.abort?.addEventListener("abort", stopOnAbort, { once: true });
  void ended.then(() => order.abort?.removeEventListener("abort", stopOnAbort));

  const pid = await started.catch((cause: unknown) => {
    throw new Error(`${order.name} cannot be started: ${String(cause)}`, { cause });
  });
  return {
    pid,
    ended,
    lastLines: () => lines.join("\n"),
    signal: (signal) => sendSignal(pid, signal),
    stop,
  };
}

/**
 * Waits until a process is of use, and ends it when that fails.
 *
 * @param ready settles when it is
 * @throws with the process's last lines, when it ends before, `ready` fails or the limit is over
 */
export async function waitUntilReady(
  name: string,
  guarded: GuardedProcess,
  ready: Promise<unknown>,
  limitMs: number,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, limitMs, `was not ready within ${limitMs / 1_000} s`);
  });
  const died = guarded.ended.then(({ code, signal }) => `ended while it started (${signal ?? `exit code ${code}`})`);
  const failed = ready.then(
    () => undefined,
    (error: unknown) => String(error),
  );
  const fault = await Promise.race([failed, died, limit]);
  clearTimeout(timer);
  if (fault === undefined) return;
  await guarded.stop();
  throw new Error(`${name} ${fault}. Its last lines:\n${guarded.lastLines()}`);
}

function readLines(guard: ChildProcess, onLine: Order["onLine"]): string[] {
  const lines: string[] = [];
  for (const input of [guard.stdout, guard.stderr]) {
    if (input === null) continue;
    createInterface({ input }).on("line", (line) => {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      onLine?.(line);
    });
  }
  return lines;
}

function followReports(guard: ChildProcess): { started: Promise<number>; ended: Promise<Ending> } {
  let pid: number | undefined;
  let ending: Ending | undefined;
  const started = new Promise<number>((resolve, reject) => {
    guard.on("message", (message) => {
      const report = Report.parse(message);
      if ("pid" in report) resolve((pid = report.pid));
      else if ("error" in report) reject(new Error(report.error));
      else ending = report.ended;
    });
    guard.on("error", reject);
    guard.once("exit", () => reject(new Error("its guard ended")));
  });
  const closed = happens(guard, "close");
  const ended = Promise.all([happens(guard, "exit"), happens(guard, "disconnect")]).then(async () => {
    // Without a report the guard itself was killed, and its charge is on its own.
    if (ending === undefined && pid !== undefined) sendSignal(pid, "SIGKILL");
    // The output closes when the last of the process's own children is gone.
    await Promise.race([closed, delay(OUTPUT_LIMIT_MS, undefined, { ref: false })]);
    return ending ?? { code: null, signal: "SIGKILL" as const };
  });
  return { started, ended };
}

/** Unlike `once` of node:events it takes an error for an end too. */
function happens(guard: ChildProcess, event: "exit" | "disconnect" | "close"): Promise<void> {
  return new Promise((resolve) => {
    guard.once(event, () => resolve());
    guard.once("error", () => resolve());
  });
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
