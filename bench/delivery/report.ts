import { groupBy, median, percent, show, showSpread } from "../_support/numbers.ts";
import { markdownTable } from "../_support/markdown.ts";
import { SYSTEMS, type Case, type System } from "./cases.ts";
import type { IdleCost } from "./memory.ts";
import { PROCESSES, type Run } from "./run-case.ts";

const TITLES: Readonly<Record<System, string>> = {
  bare: "bare ioredis + ws",
  colloquy: "**Colloquy**",
  stock: "stock graphql-ws + RedisPubSub",
  resumable: "resumable-stream",
};

/** The results in Markdown. */
export function writeReport(cases: readonly Case[], runs: readonly Run[], idle: readonly IdleCost[], readers: number) {
  const each = cases.flatMap(({ name }) => SYSTEMS.map((system) => ({ name, system })));
  const of = (name: string, system: System) => runs.filter((run) => run.case === name && run.system === system);
  const rows = (cells: (own: readonly Run[], bare: readonly Run[]) => string[]) =>
    each.map(({ name, system }) => [name, TITLES[system]].concat(cells(of(name, system), of(name, "bare"))));
  const latencies = rows((own) => [
    showSpread(own.map(({ first }) => first.p50)),
    showSpread(own.map(({ first }) => first.p99)),
    showSpread(own.map(({ later }) => later.p50)),
    showSpread(own.map(({ later }) => later.p99)),
    String(own.reduce((sum, { missing }) => sum + missing, 0)),
  ]);
  const price = (own: readonly Run[]) => own.map(({ cpuPerChunk }) => cpuPerChunk);
  const costs = rows((own, bare) => [
    show(median(own.map(({ chunksPerSecond }) => chunksPerSecond))),
    show(median(own.map(({ messagesPerSecond }) => messagesPerSecond))),
    showSpread(price(own)),
    show(median(price(own)) / median(price(bare))),
    ...PROCESSES.map((name) => percent(median(own.map(({ load }) => load[name])))),
  ]);
  const memory = idle.map(({ system, rss, heap, cpu }) => [
    TITLES[system],
    show(rss / 1_024),
    show(heap / 1_024),
    `${show(cpu * 100)} %`,
  ]);
  return [
    METHOD,
    "### Latency",
    markdownTable(["case", "system", "first p50 ms", "p99", "later p50 ms", "p99", "missed"], latencies, 2),
    "### CPU",
    markdownTable(["case", "system", "chunks/s", "messages/s", "µs a chunk", "× bare", ...PROCESSES], costs, 2),
    `### ${readers} idle readers`,
    markdownTable(["", "KB of RSS each", "KB of heap each", "CPU of all, of a core"], memory),
    "### Goals",
    [...goalsOfReplies(runs), ...goalsOfIdle(idle)].join("\n"),
  ].join("\n\n");
}

/** For replies with one reader each. */
function goalsOfReplies(runs: readonly Run[]): string[] {
  return groupBy(
    runs.filter((run) => run.case.endsWith("x1")),
    (run) => run.case,
  ).flatMap(([name, same]) => {
    const of = (system: System, pick: (run: Run) => number) =>
      median(same.filter((run) => run.system === system).map(pick));
    const cpu = (system: System) => of(system, ({ cpuPerChunk }) => cpuPerChunk) / of("bare", (run) => run.cpuPerChunk);
    const first = of("colloquy", (run) => run.first.p50) / of("bare", (run) => run.first.p50);
    return [
      goal(`${name}: CPU of a delivered chunk at most 1.3× bare`, cpu("colloquy") <= 1.3, `${show(cpu("colloquy"))}×`),
      goal(
        `${name}: CPU of a delivered chunk below resumable-stream`,
        cpu("colloquy") < cpu("resumable"),
        `${show(cpu("colloquy"))}× and ${show(cpu("resumable"))}×`,
      ),
      goal(`${name}: p50 of first tokens at most 1.5× bare`, first <= 1.5, `${show(first)}×`),
    ];
  });
}

const goalsOfIdle = (idle: readonly IdleCost[]): string[] =>
  idle
    .filter(({ system }) => system === "colloquy")
    .map(({ cpu }) => goal("idle readers: at most 1 % of a core", cpu <= 0.01, `${show(cpu * 100)} %`));

const goal = (what: string, met: boolean, measured: string): string =>
  `- ${met ? "met" : "**missed**"}: ${what}: ${measured}`;

const METHOD = `Each of these is a process of its own: PostgreSQL, Redis, the fake Gemini, the worker, the API, one server for each yardstick,
one publisher for all yardsticks, and one client for all systems (WebSockets spoken by hand, with the same code for each). A case
such as 500x1 has 500 replies at once with one reader each; every reply sends 20 chunks of 24 characters a second. The readers
stand before the first chunk is sent, and the replies begin spread over a second. With one reply at once, eight follow one
another. The publisher reads the fake Gemini through the same adapter as the worker, so that what is compared is the way from
there on; it publishes each chunk at once. Bare sends what Redis says as it is to all sockets of a channel: no sign-in, no
positions, no repair, no back-pressure; stock and resumable-stream sign nobody in either. Latency runs from the moment the model
sends a chunk to the moment the client holds it; missed are chunks that did not come, or out of place. Where a chunk has not gone
out when the next one comes, Colloquy sends both in one message, and the others send each: what is compared is what the readers get,
so CPU, user and system time of the server (\`/proc/<pid>/stat\`), is by chunk of text that reached a client. What follows are shares of
one core. Memory is what a fresh server has more than before, after a garbage collection; idle readers watch replies that nobody
writes. Figures are medians of the repetitions, which are interleaved, with the lowest and highest.`;
