import { join } from "node:path";
import { startGuarded, waitUntilReady } from "../../tools/local-stack/guarded.ts";
import { withTimeout } from "../../src/platform/timing.ts";
import { BENCH } from "./build.ts";
import { callProgram } from "./serve.ts";

/** What a process tells of itself. */
export type Probe = Readonly<{
  /** For how long at most its event loop was late since this was last asked, in milliseconds; of one with BENCH_WATCH_LOOP. */
  longestBlock: number;
  /** Memory after a garbage collection, in bytes. */
  rss: number;
  heap: number;
}>;

/** A process that is measured, or that measures. */
export type Program = Readonly<{
  name: string;
  pid: number;
  /** Where it listens; 0 for one that does not. */
  port: number;
  /** Warnings and errors it has logged, and what is no log line at all. */
  complaints: readonly string[];
  /** Asks a program that serves commands. @throws what went wrong in it */
  call<Result>(command: string, input?: unknown): Promise<Result>;
  probe(): Promise<Probe>;
  stop(): Promise<void>;
}>;

export type ProgramOptions = Readonly<{
  name: string;
  /** The compiled file. */
  file: string;
  /** Of Node. */
  flags?: readonly string[];
  env?: Readonly<Record<string, string>>;
}>;

const READY_LIMIT_MS = 30_000;
const PROBE_LIMIT_MS = 20_000;
const PROBE = join(BENCH, "_support/probe.mjs");
const WARN = 40;

type Line = Partial<{ msg: string; port: number; level: number; probe: Probe }>;

/**
 * Starts a compiled program, which ends with this process, and waits for the log line that says it is ready: one JSON
 * object whose `msg` ends with "ready", and whose `port` says where it listens.
 */
export async function startProgram({ name, file, flags = [], env = {} }: ProgramOptions): Promise<Program> {
  const complaints: string[] = [];
  let port = 0;
  let readyLine = () => {};
  let probed = (_told: Probe) => {};
  const ready = new Promise<void>((resolve) => (readyLine = resolve));

  const guarded = await startGuarded({
    name,
    command: process.execPath,
    args: [...flags, "--expose-gc", "--import", PROBE, file],
    env,
    ending: [{ signal: "SIGTERM", waitMs: 15_000 }],
    onLine(text) {
      const line = readLine(text);
      if (line.probe) return probed(line.probe);
      if (line.msg?.endsWith("ready")) {
        port = line.port ?? 0;
        return readyLine();
      }
      if ((line.level ?? WARN) >= WARN) complaints.push(text);
    },
  });
  await waitUntilReady(name, guarded, ready, READY_LIMIT_MS);

  return {
    name,
    pid: guarded.pid,
    port,
    complaints,
    call: (command, input) => callProgram(port, command, input),
    async probe() {
      const told = new Promise<Probe>((resolve) => (probed = resolve));
      guarded.signal("SIGUSR2");
      return withTimeout(told, PROBE_LIMIT_MS, `${name} did not answer`);
    },
    stop: guarded.stop,
  };
}

function readLine(text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return { msg: text };
  }
}
