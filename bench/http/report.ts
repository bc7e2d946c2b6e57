import { show } from "../_support/numbers.ts";
import { markdownTable } from "../_support/table.ts";
import { PAGE, type Case } from "./cases.ts";
import { judgeGoals } from "./goals.ts";
import { CONNECTIONS } from "./load.ts";
import type { Part, Run } from "./run-case.ts";
import { summarise, type Summary } from "./summary.ts";

export type Findings = Readonly<{
  /** The machine, the versions, the circumstances. */
  facts: readonly string[];
  cases: readonly Case[];
  runs: readonly Run[];
}>;

/** The results in Markdown. */
export function writeReport({ facts, cases, runs }: Findings): string {
  const summaries = cases.map((what) => summarise(what, runs));
  return [
    facts.map((fact) => `- ${fact}`).join("\n"),
    METHOD,
    table(summaries),
    "### Goals of the hot paths",
    judgeGoals(summaries),
  ].join("\n\n");
}

const METHOD = `autocannon with ${CONNECTIONS} connections, each of another user; every server is a process of its own, with Redis, PostgreSQL
and the client beside it on the same cores. Every user has ${PAGE} rooms. A list is a page of ${PAGE} rooms with the reply that is being
written; the yardsticks answer, from the same Redis, what Colloquy has answered. They check the token's signature; Colloquy checks
its session as well. A list is asked for the first time by a user who has asked for nothing before. Messages go to rooms that wait
for no reply, of another user each time; no worker runs. Every answer is looked at: one error ends the run. The longest block is
how late the server's event loop was at most, which is also how long it had to wait for a core. CPU is user and system
time of the process (\`/proc/<pid>/stat\`) by request. Figures are medians of the repetitions, which are interleaved.`;

const PARTS: readonly Part[] = ["server", "redis", "postgres", "client"];

function table(summaries: readonly Summary[]): string {
  const limit = summaries.find(({ name }) => name === "constant")?.perSecond ?? Number.NaN;
  return markdownTable(
    ["", "req/s", "p50 ms", "p99 ms", "longest block ms", "× the limit", ...PARTS.map((part) => `µs CPU, ${part}`)],
    summaries.map(({ title, perSecond, p50, p99, block, cpu }) => [
      title,
      show(perSecond),
      show(p50),
      show(p99),
      show(block),
      show(perSecond / limit),
      ...PARTS.map((part) => show(cpu[part])),
    ]),
  );
}
