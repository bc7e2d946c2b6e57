import { median, percent, show, showSpread } from "../_support/numbers.ts";
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
  const price = (own: readonly Run[]) => own.map(({ cpuPerFrame }) => cpuPerFrame);
  const costs = rows((own, bare) => [
    show(median(own.map(({ perSecond }) => perSecond))),
    showSpread(price(own)),
    show(median(price(own)) / median(price(bare))),
    ...PROCESSES.map((name) => percent(median(own.map(({ load }) => load[name])))),
  ]);
  const memory = idle.map(({ system, rss, heap }) => [TITLES[system], show(rss / 1_024), show(heap / 1_024)]);
  return [
    METHOD,
    "### Latency",
    markdownTable(["case", "system", "first p50 ms", "p99", "later p50 ms", "p99", "missed"], latencies, 2),
    "### CPU",
    markdownTable(["case", "system", "deliveries/s", "µs a delivery", "× bare", ...PROCESSES], costs, 2),
    `### Memory of ${readers} idle readers`,
    markdownTable(["", "KB of RSS each", "KB of heap each"], memory),
  ].join("\n\n");
}

const METHOD = `Each of these is a process of its own: PostgreSQL, Redis, the fake Gemini, the worker, the API, one server for each yardstick,
one publisher for all yardsticks, and one client for all systems (WebSockets spoken by hand, with the same code for each). A case
such as 10x100 has 10 replies at once with 100 readers each; every reply sends 20 chunks of 24 characters a second. The readers
stand before the first chunk is sent, and the replies begin spread over a second. With one reply at once, eight follow one
another. The publisher reads the fake Gemini through the same adapter as the worker, so that what is compared is the way from
there on; it publishes each chunk at once. Bare sends what Redis says as it is to all sockets of a channel: no sign-in, no
positions, no repair, no back-pressure; stock and resumable-stream sign nobody in either. Latency runs from the moment the model
sends a chunk to the moment the client holds it; missed are chunks that did not come, or out of place. CPU is user and system time
of the server (\`/proc/<pid>/stat\`) by WebSocket message that reached a client; what follows are shares of one core. 40x100 is
more than two cores can do. Memory is what a fresh server has more than before, after a garbage collection. Figures are medians of
the repetitions, which are interleaved, with the lowest and highest.`;
