import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startGuarded, waitUntilReady, type Ending, type GuardedProcess } from "./guarded.ts";
import { findFreePort } from "./ports.ts";
import { findRedisProgram, type RedisProgram } from "./redis-program.ts";

export type RedisOptions = Readonly<{
  /** Where its data lives; by default a temporary folder that goes with it. */
  dir?: string;
  /** On 127.0.0.1; by default any free one. */
  port?: number;
  /** Writes every change to a log in `dir` and reads it at the next start. Default false: it starts empty. */
  appendOnly?: boolean;
  /** Keeps a server that had to be unpacked from the distribution's package. Default `.data/redis` of this folder. */
  cacheDir?: string;
  log?: (line: string) => void;
  /** Hears what takes longer than usual. */
  notify?: ((line: string) => void) | undefined;
  abort?: AbortSignal | undefined;
}>;

export type RedisServer = Readonly<{
  url: string;
  port: number;
  pid: number;
  ended: Promise<Ending>;
  /** Ends it in order. Harmless when it has ended already. */
  stop(): Promise<void>;
  /** Sends a signal and waits until the server has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Freezes it: connections stay open, and nothing is answered. */
  pause(): void;
  resume(): void;
}>;

const READY_LIMIT_MS = 10_000;
const PING_AGAIN_MS = 25;
const TAKEN_LINE = /Address already in use/i;
const TRIES = 20;
const TRY_AGAIN_MS = 250;

/**
 * Starts a private Redis server, which ends with this process.
 *
 * @returns when it answers PING
 * @throws within 10 s, with the server's last lines; or one line that says what to do when there is no Redis to start
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const { cacheDir = ".data/redis", notify, abort } = options;
  const program = await findRedisProgram(cacheDir, { notify, abort });
  const dir = options.dir === undefined ? mkdtempSync(join(tmpdir(), "colloquy-redis-")) : resolve(options.dir);
  mkdirSync(dir, { recursive: true });

  const { port, server } = await startOnFreePort(program, dir, options);
  if (options.dir === undefined) void server.ended.then(() => rmSync(dir, { recursive: true, force: true }));
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: server.pid,
    ended: server.ended,
    stop: () => server.stop(),
    async kill(signal = "SIGKILL") {
      server.signal(signal);
      await server.ended;
    },
    pause: () => server.signal("SIGSTOP"),
    resume: () => server.signal("SIGCONT"),
  };
}

async function startOnFreePort(program: RedisProgram, dir: string, options: RedisOptions) {
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await findFreePort());
    let taken = false;
    try {
      const server = await startServer(program, dir, port, options, (line) => {
        taken ||= TAKEN_LINE.test(line);
      });
      return { port, server };
    } catch (error) {
      if (!taken || options.abort?.aborted) throw error;
      if (attempt === TRIES) {
        const message = `Redis cannot listen on 127.0.0.1:${port}: another program does. Stop that one, or set REDIS_URL`;
        throw new Error(message, { cause: error });
      }
      await delay(TRY_AGAIN_MS);
    }
  }
}

async function startServer(
  { command, env }: RedisProgram,
  dir: string,
  port: number,
  { appendOnly = false, log, abort }: RedisOptions,
  watch: (line: string) => void,
): Promise<GuardedProcess> {
  const settings = {
    port,
    dir,
    bind: "127.0.0.1",
    save: "",
    appendonly: appendOnly ? "yes" : "no",
    // The queue must not lose jobs for want of memory, https://docs.bullmq.io/guide/going-to-production
    "maxmemory-policy": "noeviction",
    daemonize: "no",
  };
  const server = await startGuarded({
    name: "redis",
    command,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ...(env && { env }),
    onLine(line) {
      log?.(line);
      watch(line);
    },
    abort,
  });
  const ended = new AbortController();
  void server.ended.then(() => ended.abort());
  await waitUntilReady("Redis", server, answersPing(port, ended.signal), READY_LIMIT_MS);
  return server;
}

/** PONG alone will do: a server that still reads its log answers LOADING. */
async function answersPing(port: number, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    if (await ping(port).catch(() => false)) return;
    await delay(PING_AGAIN_MS);
  }
}

async function ping(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    socket.setTimeout(1_000, () => socket.destroy(new Error("no answer")));
    socket.write("PING\r\n");
    const [answer] = (await once(socket, "data")) as [Buffer];
    return answer.toString().startsWith("+PONG");
  } finally {
    socket.destroy();
  }
}
