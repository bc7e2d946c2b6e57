import { groupBy, median, percent, show, showSpread } from "../_support/numbers.ts";
import { markdownTable } from "../_support/markdown.ts";
import type { FloodRun } from "./flood.ts";
import { DELAY_MS, type HeldRun } from "./held.ts";
import type { QuickRun } from "./quick.ts";
import { PROCESSES } from "./set-up.ts";

export type Runs = Readonly<{ quick: QuickRun[]; held: HeldRun[]; flood: FloodRun[] }>;

/** The results in Markdown. */
export const writeReport = ({ quick, held, flood }: Runs): string =>
  [
    METHOD,
    "### Quick replies",
    markdownTable(
      ["", "replies/s", ...PROCESSES.map((name) => `ms CPU a reply, ${name}`)],
      [
        [
          "replies of 50 ms",
          showSpread(quick.map(({ perSecond }) => perSecond)),
          ...PROCESSES.map((name) => show(median(quick.map(({ cpu }) => cpu[name])))),
        ],
      ],
    ),
    "### Replies held at once",
    heldTable(held),
    "### One user's flood",
    floodTable(flood),
  ].join("\n\n");

function heldTable(runs: readonly HeldRun[]): string {
  const rows = groupBy(runs, ({ held }) => held).map(([held, own]) => {
    const spread = (pick: (run: HeldRun) => number) => showSpread(own.map(pick));
    const share = (pick: (run: HeldRun) => number) => percent(median(own.map(pick)));
    return [
      String(held),
      spread(({ wait }) => wait.p50),
      spread(({ wait }) => wait.p99),
      spread(({ late }) => late.p50),
      spread(({ late }) => late.p99),
      spread(({ late }) => late.max),
      share(({ paced }) => paced),
    ].concat(
      PROCESSES.map((name) => share(({ cpu }) => cpu[name])),
      show(median(own.map(({ heap }) => heap / 1024))),
    );
  });
  const times = ["wait p50 ms", "p99", "chunk p50 ms", "p99", "max", "sent"];
  return markdownTable(["held", ...times, ...PROCESSES.map((name) => `CPU, ${name}`), "KB of heap each"], rows);
}

const floodTable = (runs: readonly FloodRun[]): string =>
  markdownTable(
    ["messages of one user at once", "another's wait p50 ms", "max"],
    groupBy(runs, ({ flood }) => flood).map(([flood, own]) => [
      String(flood),
      showSpread(own.map(({ wait }) => wait.p50)),
      showSpread(own.map(({ wait }) => wait.max)),
    ]),
  );

const METHOD = `One worker, as in production; PostgreSQL, Redis, the fake Gemini, senders and listeners are processes beside it on
the same cores. Messages are sent by the API's own use case, without the API. Quick replies take 50 ms at the model; they wait in
the queue, each of another user, before the worker may begin. Replies that are held get ${1_000 / DELAY_MS} chunks a second; their first
ones are spread over five seconds. A chunk's way is measured from the model to a subscriber in Redis, the wait from before the
message is stored to the first word of the worker in Redis. The user beside the flood sends one message a second; a flood of 0 is
what the other is held against. CPU is user and system time of the process (\`/proc/<pid>/stat\`); memory is compared after a
garbage collection. Figures are medians of the repetitions, which are interleaved, with the lowest and highest.`;
