import { setTimeout as delay } from "node:timers/promises";
import type { PrismaClient } from "../../src/generated/prisma/client.ts";
import type { Harness } from "../_support/harness.ts";
import { quantile } from "../_support/numbers.ts";
import { startCpuClock } from "../_support/proc.ts";
import type { Program } from "../_support/program.ts";
import { createPeople } from "../http/people.ts";
import type { Watcher } from "./programs/crowd.ts";

/** What watchers of rooms of their own cost one API. */
export type SocketRun = Readonly<{
  sockets: number;
  /** Seconds until all stood who came one after the other, 64 at a time. */
  connectedIn: number;
  /** Bytes each takes, after a garbage collection. */
  rss: number;
  heap: number;
  /** Of one core, while nothing happens. */
  idle: number;
  /** After the API was killed: all come back at once to another one, each with one message missed. Seconds until half, and all, had it. */
  stormP50: number;
  stormAll: number;
  /** How often one was refused, and tried again. */
  refused: number;
}>;

const AT_ONCE = 64;
const IDLE_MS = 15_000;
const SETTLE_MS = 3_000;

export async function measureSockets(harness: Harness, sizes: readonly number[]): Promise<SocketRun[]> {
  const { db, settings, run, notify } = harness;
  const crowd = await run("crowd", "programs/crowd.js");
  const most = Math.max(...sizes);
  notify(`Making ${most} people with their rooms …`);
  const people = await createPeople(db, settings, { people: most, talkers: 0 });
  const watchers = people.map(({ token, rooms }): Watcher => ({ token, room: rooms[1] ?? "" }));
  const runs: SocketRun[] = [];
  for (const [index, size] of sizes.entries()) {
    harness.abort.throwIfAborted();
    const some = watchers.slice(0, size);
    runs.push(await measureSize(harness, crowd, some, index + 1));
    notify(`${size} sockets: back within ${Math.round(runs.at(-1)?.stormAll ?? 0)} s`);
  }
  await crowd.stop();
  return runs;
}

type Watched = Readonly<{ took: number[]; refused: number }>;

/** @param seq the newest position of the rooms */
async function measureSize(harness: Harness, crowd: Program, watchers: Watcher[], seq: number): Promise<SocketRun> {
  const { db, settings, run } = harness;
  const sockets = watchers.length;
  const api = await run("API", "src/main.js", settings);
  await api.probe();
  const empty = await settle(api);
  // From the position before the newest one, so that each has something to get.
  const after = String(seq - 1);
  const connected = await crowd.call<Watched>("watch", { watchers, port: api.port, after, atOnce: AT_ONCE });
  const full = await settle(api);
  const readCpu = startCpuClock({ api: api.pid });
  await delay(IDLE_MS);
  const idle = readCpu().api / (IDLE_MS / 1_000);

  await crowd.call("leave");
  await api.stop();
  await addMessage(db, seq);
  const other = await run("API", "src/main.js", settings);
  const storm = await crowd.call<Watched>("watch", { watchers, port: other.port, after: String(seq), atOnce: sockets });
  await crowd.call("leave");
  await other.stop();
  const seconds = storm.took.map((ms) => ms / 1_000).toSorted((a, b) => a - b);
  return {
    sockets,
    connectedIn: Math.max(...connected.took) / 1_000,
    rss: (full.rss - empty.rss) / sockets,
    heap: (full.heap - empty.heap) / sockets,
    idle,
    stormP50: quantile(seconds, 0.5),
    stormAll: quantile(seconds, 1),
    refused: storm.refused,
  };
}

/** By the second reading: a process gives back what it does not need only by and by. */
async function settle(api: Program) {
  await api.probe();
  await delay(SETTLE_MS);
  return api.probe();
}

/** One more message for each room, straight into the database. @param seq the newest position so far */
async function addMessage(db: PrismaClient, seq: number): Promise<void> {
  await db.$executeRaw`
    INSERT INTO "Message" ("id", "chatroomId", "parentId", "depth", "role", "content", "status", "seq")
    SELECT gen_random_uuid(), "id", "activeLeafId", ${seq}, 'USER', 'said while nobody was there', 'COMPLETE', ${seq + 1} FROM "Chatroom"`;
  await db.$executeRaw`
    UPDATE "Chatroom" SET "seq" = ${seq + 1}, "activeLeafId" = "said"."id"
    FROM "Message" "said" WHERE "said"."chatroomId" = "Chatroom"."id" AND "said"."seq" = ${seq + 1}`;
}
