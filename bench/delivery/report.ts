import { median, show } from "../_support/numbers.ts";
import { markdownTable } from "../_support/table.ts";
import type { Case } from "./cases.ts";
import { judgeGoals } from "./goals.ts";
import type { IdleCost, LiveCost } from "./memory.ts";
import type { SystemName } from "./pace.ts";
import { summarise, type Summary } from "./summary.ts";
import type { Part, Run } from "./run-case.ts";

export type Findings = Readonly<{
  /** The machine, the versions, the circumstances. */
  facts: readonly string[];
  cases: readonly Case[];
  runs: readonly Run[];
  idle?: readonly IdleCost[];
  live?: LiveCost;
}>;

const TITLES: Readonly<Record<SystemName, string>> = {
  bare: "bare ioredis + ws: the limit",
  colloquy: "**Colloquy**",
  stock: "stock Yoga + graphql-ws + RedisPubSub",
  resumable: "resumable-stream",
  polling: "polling once a second",
};

/** The results in Markdown. */
export function writeReport({ facts, cases, runs, idle, live }: Findings): string {
  const summaries = cases.flatMap((what) => what.systems.map((system) => summarise(what, system, runs)));
  return [
    facts.map((fact) => `- ${fact}`).join("\n"),
    METHOD,
    ...(summaries.length > 0
      ? ["### Latency\n", LATENCY, latencyTable(summaries), "### CPU\n", CPU, cpuTable(summaries)]
      : []),
    ...(summaries.length > 0 ? ["Shares of one core:\n", loadTable(summaries)] : []),
    ...(idle ? ["### Memory\n", memoryTable(idle)] : []),
    ...(live ? [describeLive(live)] : []),
    "### Goals\n",
    judgeGoals(summaries, idle),
    LEFT_OUT,
  ]
    .join("\n\n")
    .replaceAll("\n\n\n", "\n\n");
}

const METHOD = `Every part is a process of its own: PostgreSQL, Redis, Gemini's stand-in, the worker, the API, one server for each
yardstick, one publisher for all yardsticks, and one client for all systems (WebSockets spoken by hand, with the same code for
each). A case such as 10x100 has 10 replies at once with 100 subscribers each; every reply sends 20 chunks of 24 characters a
second. The subscribers stand before the first chunk is sent, and the replies begin spread over a second. With one reply at once,
eight follow one another. The publisher reads the stand-in through the same Gemini adapter as the worker, so that what is compared
is the way from there on; it publishes each chunk at once. The limit sends what Redis says as it is to all sockets of a channel:
no sign-in, no positions, no repair, no back-pressure. Figures are medians of the repetitions, which are interleaved.`;

const LATENCY = `From the moment the stand-in sends a chunk to the moment the client holds it, in milliseconds.`;

const CPU = `CPU time of the server process (user and system, \`/proc/<pid>/stat\`) by WebSocket message that reached a client.
A poll that brought text counts as a delivery; those that brought none are in its price.`;

const LEFT_OUT = `100 and 500 replies with 100 subscribers each would be 200,000 and 1,000,000 deliveries a second. Two cores cannot even
receive that, so it is not measured; deliveries a CPU second tell how many cores it takes.`;

function latencyTable(summaries: readonly Summary[]): string {
  const header = ["case", "system", "first p50", "p99", "later p50", "p99", "chunks missed"];
  return markdownTable(
    header,
    summaries.map((each) => [
      each.name,
      TITLES[each.system],
      show(each.first.p50),
      show(each.first.p99),
      show(each.later.p50),
      show(each.later.p99),
      String(each.missing),
    ]),
    2,
  );
}

function cpuTable(summaries: readonly Summary[]): string {
  const header = [
    "case",
    "system",
    "deliveries/s",
    "chunks a delivery",
    "µs a delivery",
    "in the kernel",
    "deliveries a CPU s",
    "× the limit",
  ];
  return markdownTable(
    header,
    summaries.map((each) => [
      each.name,
      TITLES[each.system],
      show(each.framesPerSecond),
      show(each.chunksPerFrame),
      show(each.cpuPerFrame),
      show(each.kernelPerFrame),
      show(1e6 / each.cpuPerFrame),
      show(each.cpuRatio),
    ]),
    2,
  );
}

const PARTS: readonly Part[] = ["server", "writer", "redis", "postgres", "stand-in", "client"];

function loadTable(summaries: readonly Summary[]): string {
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  return markdownTable(
    ["case", "system", "chunks/s sent", ...PARTS],
    summaries.map((each) => [
      each.name,
      TITLES[each.system],
      show(each.sentPerSecond),
      ...PARTS.map((part) => percent(each.load[part])),
    ]),
    2,
  );
}

function memoryTable(idle: readonly IdleCost[]): string {
  const kb = (bytes: number) => show(bytes / 1_024);
  const table = markdownTable(
    ["KB a subscriber: RSS / heap", "connection alone", "log of its own", "one log for all", "CPU of all, idle"],
    idle.map(({ system, connection, ownLog, sharedLog, idleCpu }) => [
      TITLES[system],
      ...[connection, ownLog, sharedLog].map(({ rss, heap }) => `${kb(rss)} / ${kb(heap)}`),
      `${show(idleCpu * 100)} %`,
    ]),
  );
  const count = median(idle.map(({ subscribers }) => subscribers));
  return `${count} connections with one subscription each; after a garbage collection, what a fresh server has more than before. In Colloquy they follow rooms (\`messageAdded\`), and have signed in.\n\n${table}`;
}

function describeLive({ replies, length, api, worker, redis }: LiveCost): string {
  const kb = (bytes: number) => `${show(bytes / 1_024)} KB`;
  return `A live reply of ${length} characters (of ${replies}): in the API, with the subscription of one reader, ${kb(api.rss)} (heap ${kb(api.heap)}); in the worker ${kb(worker.rss)} (heap ${kb(worker.heap)}); in Redis ${kb(redis)}.`;
}
