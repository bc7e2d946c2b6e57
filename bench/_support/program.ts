import { join } from "node:path";
import { startGuarded, waitUntilReady, type Ending } from "../../tools/local-stack/guarded.ts";
import { callProgram } from "./commands.ts";

/** What a process's memory holds after a garbage collection, in bytes. */
export type Memory = Readonly<{ rss: number; heapUsed: number; external: number }>;

/** Microseconds that a process has spent in each function itself, by `name file:line`. */
export type SelfTimes = Readonly<Record<string, number>>;

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
  /** Collects garbage in it first. */
  readMemory(): Promise<Memory>;
  /** For how long at most its event loop was late since this was last asked, in milliseconds. */
  readLongestBlock(): Promise<number>;
  /** Starts a CPU profile. @returns what ends it and tells where the time went */
  profile(): () => Promise<SelfTimes>;
  ended: Promise<Ending>;
  stop(): Promise<void>;
}>;

export type ProgramOptions = Readonly<{
  name: string;
  /** The build and the file in it. */
  dir: string;
  file: string;
  /** Of Node. */
  flags?: readonly string[];
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
}>;

const READY_LIMIT_MS = 30_000;
const PROBE_LIMIT_MS = 20_000;
const PROBE = "bench/_support/probe.js";
const WARN = 40;

/**
 * Starts a compiled program, which ends with this process, and waits for the log line that says it is ready: one JSON
 * object whose `msg` ends with "ready", and whose `port` says where it listens.
 */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { name, dir, file, flags = [], args = [], env = {} } = options;
  const complaints: string[] = [];
  let port = 0;
  let readyLine = () => {};
  let probed = (_told: Line) => {};
  const ready = new Promise<void>((resolve) => (readyLine = resolve));

  const guarded = await startGuarded({
    name,
    command: process.execPath,
    args: [...flags, "--expose-gc", "--import", join(dir, PROBE), join(dir, file), ...args],
    env,
    ending: [{ signal: "SIGTERM", waitMs: 15_000 }],
    onLine(text) {
      const line = readLine(text);
      if (line.memory ?? line.profile ?? line.longestBlock !== undefined) return probed(line);
      if (line.msg?.endsWith("ready")) {
        port = line.port ?? 0;
        return readyLine();
      }
      if ((line.level ?? WARN) >= WARN) complaints.push(text);
    },
  });
  await waitUntilReady(name, guarded, ready, READY_LIMIT_MS);

  const ask = <T>(signal: NodeJS.Signals, pick: (told: Line) => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${name} did not answer ${signal}`)), PROBE_LIMIT_MS);
      probed = (told) => {
        const picked = pick(told);
        if (picked === undefined) return;
        clearTimeout(timer);
        resolve(picked);
      };
      guarded.signal(signal);
    });

  return {
    name,
    pid: guarded.pid,
    port,
    complaints,
    call: (command, input) => callProgram(port, command, input),
    readMemory: () => ask("SIGUSR2", ({ memory }) => memory),
    readLongestBlock: () => ask("SIGWINCH", ({ longestBlock }) => longestBlock),
    profile() {
      guarded.signal("SIGHUP");
      return () => ask("SIGHUP", ({ profile }) => profile);
    },
    ended: guarded.ended,
    stop: guarded.stop,
  };
}

type Line = Partial<{
  msg: string;
  port: number;
  level: number;
  memory: Memory;
  profile: SelfTimes;
  longestBlock: number;
}>;

function readLine(text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return { msg: text };
  }
}
