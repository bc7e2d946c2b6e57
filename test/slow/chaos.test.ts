import { execFileSync } from "node:child_process";
import { setMaxListeners } from "node:events";
import { cpus } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import WebSocket from "ws";
import { expect, onTestFinished, test } from "vitest";
import { createAccessTokens } from "../../packages/client/src/session/access-tokens.ts";
import { createLiveClient } from "../../packages/client/src/live/web-socket.ts";
import { findFreePort } from "../../tools/local-stack/ports.ts";
import { startRedis } from "../../tools/local-stack/redis.ts";
import { startColloquy, type Colloquy } from "../_support/colloquy.ts";
import { check } from "./chaos/check.ts";
import { PROCESSES, planFaults, type ProcessName } from "./chaos/faults.ts";
import { keepProcess, type KeptProcess } from "./chaos/process.ts";
import { makePrompts } from "./chaos/prompts.ts";
import { createStandstill, type Standstill } from "./chaos/standstill.ts";
import { runUser, type UserRun, type UserOptions } from "./chaos/user.ts";

/** `CHAOS_SEED=7 CHAOS_MESSAGES=300 npm run test:slow` repeats a run, or makes a larger one. */
const SEED = Number(process.env["CHAOS_SEED"] ?? Date.now() % 1_000_000);
const MESSAGES = Number(process.env["CHAOS_MESSAGES"] ?? 60);
/** Of each user, and how often they are sent. */
const EACH = 5;
const EVERY_MS = 8_000;
/** How long all may take to be answered once every part is back. */
const SETTLE_LIMIT_MS = 90_000;

test(
  `${MESSAGES} messages while APIs, workers and Redis are killed, stopped and frozen`,
  { timeout: 300_000 },
  async () => {
    const colloquy = await startColloquy({ apis: 0, workers: 0, env: { SHUTDOWN_GRACE: "2s" } });
    onTestFinished(() => colloquy.close());
    const { processes, urls } = await startProcesses(colloquy);
    onTestFinished(async () => void (await Promise.all([...processes.values()].map((one) => one.stop()))));

    const prompts = makePrompts(SEED, MESSAGES);
    const standstill = createStandstill();
    const late = new AbortController();
    setMaxListeners(0, late.signal);
    const users = await Promise.all(
      Array.from({ length: Math.ceil(MESSAGES / EACH) }, (_, user) => openUser(colloquy, urls, user)),
    );
    const startedAt = performance.now();
    const playing = Promise.all(
      users.map((user, index) => {
        const own = prompts.slice(index * EACH, (index + 1) * EACH);
        return runUser({ ...user, prompts: own, everyMs: EVERY_MS, standstill, signal: late.signal });
      }),
    );

    const struck = new Map<string, number>();
    for (const fault of planFaults(SEED, (EACH * EVERY_MS) / 1_000)) {
      await delay(fault.pauseMs);
      const name = `${fault.kind} ${fault.process}`;
      if (processes.get(fault.process)?.strike(fault)) struck.set(name, (struck.get(name) ?? 0) + 1);
    }
    const settled = await Promise.allSettled([...processes.values()].map((one) => one.settled()));
    const limit = setTimeout(() => late.abort(new Error("it took too long")), SETTLE_LIMIT_MS);
    const runs = await playing.finally(() => clearTimeout(limit));
    const seconds = (performance.now() - startedAt) / 1_000;

    const { findings, ...verdict } = await check(colloquy.db, runs);
    await report({ colloquy, runs, struck, seconds, verdict, standstill });
    const ended = settled.flatMap((each) => (each.status === "rejected" ? [String(each.reason)] : []));
    expect([...ended, ...findings]).toEqual([]);
    expect(verdict).toEqual({ lost: 0, doubled: 0, differing: 0, mischarged: 0 });
  },
);

/** Each at an address of its own, where it comes back. */
async function startProcesses(
  colloquy: Colloquy,
): Promise<{ processes: Map<ProcessName, KeptProcess>; urls: readonly [string, string] }> {
  const ports = [await findFreePort(), await findFreePort()] as const;
  let redis: Colloquy["redis"] | undefined = colloquy.redis;
  const start = async (name: ProcessName) => {
    if (name.startsWith("API")) return colloquy.startApi({ PORT: String(ports[name === "API 1" ? 0 : 1]) });
    if (name.startsWith("worker")) return colloquy.startWorker();
    // A Redis that remembers nothing of the one before it.
    const server = redis ?? (await startRedis({ port: colloquy.redis.port }));
    redis = undefined;
    const signal = (sent: NodeJS.Signals) => (sent === "SIGSTOP" ? server.pause() : server.resume());
    return { ended: server.ended, kill: () => server.kill(), stop: () => server.stop(), signal };
  };
  const processes = await Promise.all(
    PROCESSES.map(async (name) => [name, await keepProcess(name, () => start(name))] as const),
  );
  const [one, two] = ports;
  return { processes: new Map(processes), urls: [`127.0.0.1:${one}`, `127.0.0.1:${two}`] };
}

/** Users live on the two APIs by turns, and send to the other one when their own does not answer. */
async function openUser(
  colloquy: Colloquy,
  urls: readonly [string, string],
  user: number,
): Promise<Pick<UserOptions, "clients" | "live" | "room">> {
  const apiAt = (url: string | undefined) => colloquy.apis.find(({ port }) => url?.endsWith(`:${port}`));
  const [home, other] = user % 2 === 0 ? urls : urls.toReversed();
  const clients = [await colloquy.signIn(apiAt(home)), colloquy.client(apiAt(other))] as const;
  const token = clients[0].token();
  clients[1].useToken(token);
  const access = { token, expiresAt: new Date(Date.now() + 3_600_000) };
  const live = createLiveClient({
    url: `ws://${home}/graphql`,
    webSocketImpl: CalmSocket,
    tokens: createAccessTokens(async () => access, access),
    pingEveryMs: 1_500,
    answerLimitMs: 2_000,
    wait: (failures) => Math.min(50 * 2 ** failures, 2_000),
  });
  onTestFinished(() => live.dispose());
  return { clients, live, room: await clients[0].createRoom() };
}

/** graphql-ws no longer listens to a socket that it has given up while it was being opened, and `ws` throws then. */
class CalmSocket extends WebSocket {
  constructor(url: string, protocols: string) {
    super(url, protocols);
    this.on("error", () => {});
  }
}

async function report(run: {
  colloquy: Colloquy;
  runs: readonly UserRun[];
  struck: ReadonlyMap<string, number>;
  seconds: number;
  verdict: Record<string, number>;
  standstill: Standstill;
}): Promise<void> {
  const { _max, _avg } = await run.colloquy.db.message.aggregate({
    where: { role: "ASSISTANT" },
    _max: { attempt: true },
    _avg: { attempt: true },
  });
  const { ms, what } = run.standstill.longest();
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const counts = (of: Iterable<[string, number]>) => [...of].map(([name, times]) => `${name} ${times}`).join(", ");
  console.log(`Chaos, seed ${SEED}, n = ${MESSAGES} messages of ${run.runs.length} users; ${run.seconds.toFixed(0)} s
${cpus()[0]?.model}, ${cpus().length} cores; Node ${process.versions.node}; Colloquy at ${commit}
faults: ${counts(run.struck)}
${counts(Object.entries(run.verdict))}
attempts a reply: at most ${_max.attempt}, ${_avg.attempt?.toFixed(2)} on average
longest standstill: ${(ms / 1_000).toFixed(1)} s, waiting for ${what}`);
}
