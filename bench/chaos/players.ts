import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import { startPostgres } from "../../tools/local-stack/postgres.ts";
import { startGuarded, waitUntilReady } from "../../tools/local-stack/guarded.ts";
import { startRedis } from "../../tools/local-stack/redis.ts";
import type { PartName } from "./faults.ts";
import type { Player } from "./part.ts";

/** What the parts have to say: kept in files where asked for, and errors counted by their message. */
export type Logs = Readonly<{
  hear(part: PartName): (line: string) => void;
  /** Notes what a user or the bench does; kept in a file where asked for. */
  trace(step: string): void;
  /** Lines that no part should write, with how often it did. */
  errors(): ReadonlyMap<string, number>;
  close(): void;
}>;

type Line = Partial<{ msg: string; level: number; port: number; err: { message: string } }>;

const ERROR = 50;
const READY_LIMIT_MS = 30_000;

export function createLogs(dir: string | undefined): Logs {
  if (dir !== undefined) mkdirSync(dir, { recursive: true });
  const files: WriteStream[] = [];
  const errors = new Map<string, number>();
  function open(name: string): WriteStream | undefined {
    if (dir === undefined) return undefined;
    const file = createWriteStream(join(dir, `${name}.log`));
    files.push(file);
    return file;
  }
  const steps = open("users");
  return {
    trace: (step) => void steps?.write(`${new Date().toISOString()} ${step}\n`),
    hear(part) {
      const file = open(part.toLowerCase().replace(" ", "-"));
      const isOurs = part.startsWith("API") || part.startsWith("worker");
      return (text) => {
        file?.write(`${text}\n`);
        // Of a stack trace the first line is enough.
        if (!isOurs || /^(\s|})/.test(text)) return;
        const { level = ERROR, msg = text, err } = readLine(text);
        if (level < ERROR) return;
        const said = `${part.split(" ", 1)[0]}: ${msg}${err ? ` (${err.message.split("\n").at(-1)})` : ""}`;
        errors.set(said, (errors.get(said) ?? 0) + 1);
      };
    },
    errors: () => errors,
    close: () => files.forEach((file) => file.end()),
  };
}

/** Starts an API, a worker or the stand-in as it was compiled. `ready` resolves with the port it says. */
export async function startPlayer(
  name: string,
  options: { dir: string; file: string; env: Readonly<Record<string, string>>; onLine?: (line: string) => void },
): Promise<Player & { ready: Promise<number> }> {
  let readyLine = (_port: number) => {};
  const said = new Promise<number>((resolve) => (readyLine = resolve));
  const guarded = await startGuarded({
    name,
    command: process.execPath,
    args: ["--enable-source-maps", join(options.dir, options.file)],
    env: options.env,
    ending: [{ signal: "SIGTERM", waitMs: 10_000 }],
    onLine(text) {
      options.onLine?.(text);
      const { msg, port } = readLine(text);
      if (msg?.endsWith("is ready")) readyLine(port ?? 0);
    },
  });
  const ready = waitUntilReady(name, guarded, said, READY_LIMIT_MS).then(() => said);
  return { pid: guarded.pid, ended: guarded.ended, ready, stop: guarded.stop };
}

/** A Redis that remembers nothing of the one before it. */
export async function startRedisPlayer(
  port: number | undefined,
  log: (line: string) => void,
): Promise<Player & { port: number }> {
  const server = await startRedis({ ...(port !== undefined && { port }), log });
  return { ...server, ready: Promise.resolve() };
}

export async function startPostgresPlayer(
  dir: string,
  port: number | undefined,
  log: (line: string) => void,
): Promise<Player & { port: number; url: string }> {
  const server = await startPostgres({ dir, durable: false, ...(port !== undefined && { port }), log });
  return { ...server, ready: Promise.resolve() };
}

function readLine(text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return { msg: text };
  }
}
