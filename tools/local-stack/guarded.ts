import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** How a process ended: one of the two is set. */
export type Ending = Readonly<{ code: number | null; signal: NodeJS.Signals | null }>;

export type GuardedProcess = Readonly<{
  pid: number;
  ended: Promise<Ending>;
  /** The newest lines it wrote, for error messages. */
  lastLines(): string;
  /** Harmless when it has ended. */
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

const GUARD = fileURLToPath(new URL("guard.cjs", import.meta.url));
const KEPT_LINES = 15;
const OUTPUT_LIMIT_MS = 5_000;

type Step = Readonly<{ signal: NodeJS.Signals; waitMs: number }>;

/** What is running, and is ended with this process. */
const charges = new Map<number, ChildProcess>();
let guard: ChildProcess | undefined;

/**
 * Starts a process that does not outlive this one, also when this one is killed: a guard beside it, one for all, ends
 * what is left. It gets none of the terminal's signals, so that Ctrl-C ends things in the order that `stop` is called.
 *
 * @throws when it cannot be started
 */
export async function startGuarded(order: Order): Promise<GuardedProcess> {
  order.abort?.throwIfAborted();
  const { name, command, args, env, cwd, user, ending = [{ signal: "SIGTERM", waitMs: 10_000 }] } = order;
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    cwd,
    env: { ...process.env, ...env },
    ...user,
  });
  if (child.pid === undefined) {
    const [cause] = (await once(child, "error")) as [Error];
    throw new Error(`${name} cannot be started: ${cause.message}`, { cause });
  }
  const steps: Step[] = [...ending, { signal: "SIGKILL", waitMs: 0 }];
  watch(child, child.pid, steps);
  const lines = readLines(child, order.onLine);
  const ended = whenEnded(child);

  let asked = false;
  const stop = async () => {
    if (!asked) void end(child, ended, steps);
    asked = true;
    await ended;
  };
  const stopOnAbort = () => void stop();
  order.abort?.addEventListener("abort", stopOnAbort, { once: true });
  void ended.then(() => order.abort?.removeEventListener("abort", stopOnAbort));
  return {
    pid: child.pid,
    ended,
    lastLines: () => lines.join("\n"),
    signal: (signal) => void child.kill(signal),
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

/** Has the guard end it when this process is gone. */
function watch(child: ChildProcess, pid: number, ending: Step[]): void {
  const keeper = openGuard();
  charges.set(pid, child);
  keeper.send({ pid, ending }, () => {});
  child.once("exit", () => {
    charges.delete(pid);
    if (keeper.connected) keeper.send({ pid }, () => {});
  });
}

/** It keeps this process from nothing, not even from its end. */
function openGuard(): ChildProcess {
  if (guard?.connected === true) return guard;
  const opened = spawn(process.execPath, [GUARD], { stdio: ["ignore", "ignore", "ignore", "ipc"], detached: true });
  opened.unref();
  opened.channel?.unref();
  // Without it nothing may go on.
  const abandon = () => {
    for (const child of charges.values()) child.kill("SIGKILL");
  };
  opened.once("error", abandon);
  opened.once("exit", abandon);
  return (guard = opened);
}

/** Asks ever less kindly. */
async function end(child: ChildProcess, ended: Promise<Ending>, steps: Step[]): Promise<void> {
  for (const { signal, waitMs } of steps) {
    if (!child.kill(signal)) return;
    await Promise.race([ended, delay(waitMs, undefined, { ref: false })]);
  }
}

/** The output closes when the last of the process's own children is gone. */
async function whenEnded(child: ChildProcess): Promise<Ending> {
  const closed = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  const ending = await new Promise<Ending>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  await Promise.race([closed, delay(OUTPUT_LIMIT_MS, undefined, { ref: false })]);
  return ending;
}

function readLines(child: ChildProcess, onLine: Order["onLine"]): string[] {
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    if (input === null) continue;
    createInterface({ input }).on("line", (line) => {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      onLine?.(line);
    });
  }
  return lines;
}
