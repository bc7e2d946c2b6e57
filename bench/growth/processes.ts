import { FAKE_GEMINI, type Harness } from "../_support/harness.ts";
import { startCpuClock } from "../_support/proc.ts";
import type { Program } from "../_support/program.ts";
import { load } from "../http/load.ts";
import { createPeople } from "../http/people.ts";
import { createFreshRooms, requestsOf } from "../http/requests.ts";
import { listen } from "../replies/listener.ts";
import { runQuick } from "../replies/quick.ts";
import { confine } from "./confine.ts";

/** What each API and worker may use: the rest of the machine must not be what limits them. */
export const SHARE = 0.3;
const PEOPLE = 3_000;
const REPLIES = 300;
/** Long enough for the compiler to be done: a confined process cannot spare the time. */
const WARM_SECONDS = 5;

/** What some processes get through together; CPU is shares of one core. */
export type ProcessRun = Readonly<{
  what: string;
  processes: number;
  perSecond: number;
  cpu: Readonly<{ own: number; redis: number; postgres: number }>;
}>;

/** Two APIs against one, and two workers against one, each confined to the same share of a core. */
export async function measureProcesses(
  harness: Harness,
  { times, seconds }: { times: number; seconds: number },
): Promise<ProcessRun[]> {
  const apis = await measureApis(harness, times, seconds);
  // The sends have left replies to be written.
  await harness.db.$executeRaw`TRUNCATE "User" CASCADE`;
  await harness.redis.flushdb();
  const workers = await measureWorkers(harness, times);
  return [...apis, ...workers];
}

async function measureApis(harness: Harness, times: number, seconds: number): Promise<ProcessRun[]> {
  const { db, settings, run, notify, redis } = harness;
  notify(`Making ${PEOPLE} people with their rooms …`);
  const people = await createPeople(db, settings, { people: PEOPLE, talkers: 50 });
  const rooms = createFreshRooms(people);
  const apis = await Promise.all([run("API 1", "src/main.js", settings), run("API 2", "src/main.js", settings)]);
  for (const ask of ["room", "send"] as const) {
    await Promise.all(apis.map(({ port }) => load(port, requestsOf("colloquy", ask, people, rooms), WARM_SECONDS)));
  }
  const undo = apis.map(({ pid }) => confine(pid, SHARE));
  const runs: ProcessRun[] = [];
  for (let round = 0; round < times; round += 1) {
    for (const ask of ["room", "send"] as const) {
      for (const used of [apis.slice(0, 1), apis]) {
        harness.abort.throwIfAborted();
        await redis.flushdb();
        const readCpu = startClock(harness, used);
        const loads = await Promise.all(
          used.map(({ port }) => load(port, requestsOf("colloquy", ask, people, rooms), seconds)),
        );
        const perSecond = loads.reduce((sum, { answered, seconds: took }) => sum + answered / took, 0);
        notify(`${ask}, ${used.length} of the APIs: ${Math.round(perSecond)}/s`);
        const what = ask === "room" ? "a room with 20 messages" : "a send";
        runs.push({ what, processes: used.length, perSecond, cpu: readCpu() });
      }
    }
  }
  await Promise.all(apis.map((api) => api.stop()));
  for (const undoOne of undo) undoOne();
  return runs;
}

async function measureWorkers(harness: Harness, times: number): Promise<ProcessRun[]> {
  const { run, notify } = harness;
  const gemini = await run("fake Gemini", FAKE_GEMINI);
  const settings = { ...harness.settings, GEMINI_BASE_URL: await gemini.call<string>("url") };
  const sender = await run("sender", "programs/sender.js", settings);
  const connection = harness.redis.duplicate();
  const listener = await listen(connection);
  const runs: ProcessRun[] = [];
  for (let round = 0; round < times; round += 1) {
    for (const count of [1, 2]) {
      harness.abort.throwIfAborted();
      const workers = await Promise.all(
        Array.from({ length: count }, (_, index) => run(`worker ${index + 1}`, "worker/main.js", settings)),
      );
      const [worker] = workers as [Program];
      const setup = { harness, worker, gemini, senders: [sender, sender], listener } as const;
      await runQuick(setup, REPLIES);
      const undo = workers.map(({ pid }) => confine(pid, SHARE));
      const readCpu = startClock(harness, workers);
      const { perSecond } = await runQuick(setup, REPLIES);
      notify(`${count} of the workers: ${Math.round(perSecond)} replies/s`);
      runs.push({ what: "a reply of 50 ms", processes: count, perSecond, cpu: readCpu() });
      await Promise.all(workers.map((each) => each.stop()));
      for (const undoOne of undo) undoOne();
    }
  }
  connection.disconnect();
  await Promise.all([sender.stop(), gemini.stop()]);
  return runs;
}

function startClock({ pids }: Harness, own: readonly Program[]): () => ProcessRun["cpu"] {
  const start = performance.now();
  const readOwn = startCpuClock(Object.fromEntries(own.map(({ name, pid }) => [name, pid])));
  const readRest = startCpuClock({ redis: pids.redis, postgres: { familyOf: pids.postgres } });
  return () => {
    const seconds = (performance.now() - start) / 1_000;
    const rest = readRest();
    const sum = Object.values(readOwn()).reduce((total, used) => total + used, 0);
    return { own: sum / seconds, redis: rest.redis / seconds, postgres: rest.postgres / seconds };
  };
}
