import { median, show, showSpread } from "../_support/numbers.ts";
import { markdownTable } from "../_support/markdown.ts";
import { PAGE, SYSTEMS, TITLES, type Ask, type System } from "./cases.ts";
import { CONNECTIONS } from "./load.ts";

/** One case of one system, measured once. */
export type Run = Readonly<{
  ask: Ask;
  system: System;
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  /** For how long at most the server's event loop was late. */
  block: number;
  /** CPU time a request, in microseconds. */
  cpu: Readonly<Record<"server" | "redis" | "postgres" | "client", number>>;
}>;

/** The results in Markdown. */
export function writeReport(asks: readonly Ask[], runs: readonly Run[]): string {
  const header = ["", "by", "req/s", "× by hand", "× stock", "p50 ms", "p99 ms", "longest block ms"];
  const names = ["server", "redis", "postgres", "client"] as const;
  const rows = asks.flatMap((ask) => {
    const of = (system: System) => runs.filter((run) => run.ask === ask && run.system === system);
    const speed = (system: System) => median(of(system).map(({ perSecond }) => perSecond));
    return SYSTEMS.map((system) => {
      const values = (pick: (run: Run) => number) => of(system).map(pick);
      const beside = (peer: System) => (peer === system ? "" : show(speed(system) / speed(peer)));
      return [
        TITLES[ask],
        TITLES[system],
        showSpread(values(({ perSecond }) => perSecond)),
        beside("by hand"),
        beside("stock"),
        showSpread(values(({ p50 }) => p50)),
        showSpread(values(({ p99 }) => p99)),
        show(median(values(({ block }) => block))),
      ].concat(names.map((name) => show(median(values(({ cpu }) => cpu[name])))));
    });
  });
  const table = markdownTable([...header, ...names.map((name) => `µs CPU, ${name}`)], rows, 2);
  const goals = GOALS.filter(({ ask }) => asks.includes(ask)).map((goal) => judge(goal, runs));
  return [METHOD, table, ...(goals.length > 0 ? ["### Goals of the hot paths", goals.join("\n")] : [])].join("\n\n");
}

type Goal = Readonly<{
  ask: Ask;
  what: string;
  of: (run: Run) => number;
  /** How many times as much as by hand. */
  limit: Readonly<{ atLeast: number } | { atMost: number }>;
}>;

const perSecond = { what: "requests a second", of: (run: Run) => run.perSecond };

const GOALS: readonly Goal[] = [
  { ask: "new-list", ...perSecond, limit: { atLeast: 0.8 } },
  { ask: "room", ...perSecond, limit: { atLeast: 0.8 } },
  { ask: "room", what: "CPU of PostgreSQL", of: ({ cpu }) => cpu.postgres, limit: { atMost: 1.3 } },
  { ask: "send", ...perSecond, limit: { atLeast: 1 } },
];

/** Compares the medians. */
function judge({ ask, what, of, limit }: Goal, runs: readonly Run[]): string {
  const medianOf = (system: System) => median(runs.filter((run) => run.ask === ask && run.system === system).map(of));
  const ratio = medianOf("colloquy") / medianOf("by hand");
  const [met, bound] =
    "atLeast" in limit
      ? [ratio >= limit.atLeast, `at least ${limit.atLeast}`]
      : [ratio <= limit.atMost, `at most ${limit.atMost}`];
  return `- ${met ? "met" : "**missed**"}: ${TITLES[ask]}, ${what} beside by hand: ${show(ratio)}×, ${bound}`;
}

const METHOD = `autocannon with ${CONNECTIONS} connections, asking for another user each time; every server is a process of its own, with Redis, PostgreSQL
and the client beside it on the same cores. All three check the token and its session, have the same pool of 10 connections to the
same durable PostgreSQL, and answer with the same ${PAGE} rooms or messages, which is looked at before. By hand and stock cache
nothing; Colloquy caches the first page of a list. A list is asked for the first time by a user who has asked for nothing
before. Messages go to rooms that wait for no reply, of another user each time; each is charged, stored with its reply in one
transaction and enqueued with BullMQ; no worker runs. Colloquy also looks for a message sent twice, counts the user's replies
under way, checks the day's limit and writes the account's log. One error ends the run. The longest block is how late the
server's event loop was at most, which is also how long it had to wait for a core. CPU is user and system time of the process
(\`/proc/<pid>/stat\`) by request; a dash where it was less than the clock can tell. Figures are medians of the repetitions, which are interleaved, with the lowest and highest.`;
