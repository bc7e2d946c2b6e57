import { runBench, type Options } from "../_support/bench.ts";
import type { Harness } from "../_support/harness.ts";
import { quantile, show } from "../_support/numbers.ts";
import { startCpuClock } from "../_support/proc.ts";
import type { Program } from "../_support/program.ts";
import { ASKS, SYSTEMS, TALKERS, type Ask, type System } from "./cases.ts";
import { assertSameAnswers } from "./check-answers.ts";
import { load } from "./load.ts";
import { createPeople, type Person } from "./people.ts";
import { writeReport, type Run } from "./report.ts";
import { createFreshRooms, requestsOf, type FreshRooms } from "./requests.ts";

const WARM_SECONDS = 2;
/** Of the time that was to be measured: less than that says nothing. */
const ENOUGH = 0.2;
/** CPU time of five ticks of the clock: of less it cannot tell how much it was. */
const MEASURABLE_S = 0.05;

await runBench({
  folder: "http",
  section: "HTTP",
  packages: [
    "graphql-yoga",
    "@pothos/plugin-prisma",
    "@prisma/client",
    "pg",
    "jose",
    "bullmq",
    "express",
    "autocannon",
  ],
  cases: ASKS,
  usual: { full: { times: 3, seconds: 5 }, quick: { times: 1, seconds: 2 } },
  measure,
});

/** Each repetition goes through all cases and systems, so that what else the machine does meets all of them. */
async function measure(harness: Harness, { quick, times, seconds, wants }: Options): Promise<string> {
  const asks = ASKS.filter(wants);
  const setup = await setUp(harness, quick ? 2_000 : 8_000);
  await assertSameAnswers(setup.servers, setup.people[0] as Person);
  const runs: Run[] = [];
  for (let round = 0; round < times; round += 1) {
    for (const ask of asks) {
      for (const [index] of SYSTEMS.entries()) {
        harness.abort.throwIfAborted();
        const system = SYSTEMS[(index + round) % SYSTEMS.length] as System;
        const run = await runCase(setup, system, ask, seconds);
        harness.notify(`${ask}, ${system}: ${show(run.perSecond)}/s, p50 ${show(run.p50)} ms, p99 ${show(run.p99)} ms`);
        runs.push(run);
      }
    }
  }
  return writeReport(asks, runs);
}

type Setup = Readonly<{
  harness: Harness;
  people: readonly Person[];
  rooms: FreshRooms;
  servers: Readonly<Record<System, Program>>;
}>;

/** No worker: what is sent stays in the queue. */
async function setUp(harness: Harness, count: number): Promise<Setup> {
  const { db, notify, run } = harness;
  const settings = { ...harness.settings, BENCH_WATCH_LOOP: "1" };
  notify(`Making ${count} people with their rooms …`);
  const people = await createPeople(db, settings, { people: count, talkers: TALKERS });
  const [colloquy, byHand, stock] = await Promise.all([
    run("API", "src/main.js", settings),
    run("by hand", "programs/by-hand-server.js", settings),
    run("stock", "programs/stock-server.js", settings),
  ]);
  return { harness, people, rooms: createFreshRooms(people), servers: { colloquy, "by hand": byHand, stock } };
}

/** @throws when a request is not answered as it should be */
async function runCase(setup: Setup, system: System, ask: Ask, seconds: number): Promise<Run> {
  const { harness, people, rooms, servers } = setup;
  const server = servers[system];
  // What the case before has left, the cached lists among it.
  await harness.redis.flushdb();
  // Whoever asks for the first time has not asked while the server was warmed up.
  const at = ask === "new-list" ? Math.floor(people.length / 4) : 0;
  const [early, late] = at > 0 ? [people.slice(0, at), people.slice(at)] : [people, people];
  await load(server.port, requestsOf(system, ask, early, rooms), WARM_SECONDS);

  await server.probe();
  const { redis, postgres } = harness.pids;
  const readCpu = startCpuClock({ server: server.pid, redis, postgres: { familyOf: postgres }, client: process.pid });
  const { answered, seconds: measured, times } = await load(server.port, requestsOf(system, ask, late, rooms), seconds);
  const cpu = readCpu();
  const { longestBlock } = await server.probe();
  if (measured < seconds * ENOUGH)
    throw new Error(`${ask}, ${system}: ${answered} answers, the last after ${measured} s`);
  const price = (name: keyof typeof cpu) => (cpu[name] < MEASURABLE_S ? Number.NaN : (cpu[name] / answered) * 1e6);
  return {
    ask,
    system,
    perSecond: answered / measured,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    block: longestBlock,
    cpu: { server: price("server"), redis: price("redis"), postgres: price("postgres"), client: price("client") },
  };
}
