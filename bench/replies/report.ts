import { median, show } from "../_support/numbers.ts";
import { markdownTable } from "../_support/table.ts";
import type { FloodRun } from "./flood.ts";
import { DELAY_MS, type HeldRun } from "./held.ts";
import type { QuickRun } from "./quick.ts";
import { PARTS } from "./stage.ts";

export type Runs = Readonly<{ quick: QuickRun[]; held: HeldRun[]; flood: FloodRun[] }>;

/** The results in Markdown. @param facts the machine, the versions, the circumstances */
export function writeReport({ facts, quick, held, flood }: Runs & { facts: readonly string[] }): string {
  return [
    facts.map((fact) => `- ${fact}`).join("\n"),
    METHOD,
    "### Quick replies",
    quickTable(quick),
    "### Replies held at once",
    heldTable(held),
    "### One user's flood",
    floodTable(flood),
    "### Goals of the worker",
    judgeGoals(held, flood),
    PROFILE,
  ].join("\n\n");
}

const METHOD = `One worker, as in production; PostgreSQL, Redis, Gemini's stand-in, whoever sends and whoever listens are processes beside it on
the same cores. Messages are sent by the API's own use case, without the API. Quick replies take 50 ms at the model; they wait in
the queue, each of another user, before the worker may begin. Replies that are held get ${1_000 / DELAY_MS} chunks a second; their first
ones are spread over five seconds. A chunk's way is measured from the stand-in to a subscriber in Redis, the wait from before the
message is stored to the first word of the worker in Redis. The user beside the flood sends one message a second. CPU is user and
system time of the process (\`/proc/<pid>/stat\`); memory is compared after a garbage collection. Figures are medians of the
repetitions, which are interleaved.`;

/** From runs with `--profile`; to be looked at again when the figures change. */
const PROFILE = `What the worker's profile says with 500 held: no function of its own takes more than 4 %. 18 % go into writing to sockets, 9 %
into promises, 7 % into collecting garbage (20 % before it had a larger young generation); the rest is spread over the SDK's stream,
JSON and the commands for Redis, in all some 80 µs a chunk. Why the p99 is so far from the p50 it does not say: pauses of the
process would look like that. Measured by itself, a sweep over 500 replies stops it for 6 to 17 ms, which is not enough.`;

const middle = <Run>(runs: readonly Run[], pick: (run: Run) => number): string => show(median(runs.map(pick)));
const share = (value: number): string => `${Math.round(value * 100)} %`;

const quickTable = (runs: readonly QuickRun[]): string =>
  markdownTable(
    ["", "replies/s", ...PARTS.map((part) => `ms CPU a reply, ${part}`)],
    [
      [
        "replies of 50 ms",
        middle(runs, ({ perSecond }) => perSecond),
        ...PARTS.map((part) => middle(runs, ({ cpu }) => cpu[part] * 1e3)),
      ],
    ],
  );

function heldTable(runs: readonly HeldRun[]): string {
  const rows = [...new Set(runs.map(({ held }) => held))].map((held) => {
    const own = runs.filter((run) => run.held === held);
    return [
      `${held}`,
      middle(own, ({ wait }) => wait.p50),
      middle(own, ({ wait }) => wait.p99),
      middle(own, ({ late }) => late.p50),
      middle(own, ({ late }) => late.p99),
      middle(own, ({ late }) => late.max),
      share(median(own.map(({ paced }) => paced))),
    ].concat(
      PARTS.map((part) => share(median(own.map(({ cpu }) => cpu[part])))),
      middle(own, ({ heap }) => heap / 1024),
    );
  });
  const times = ["wait p50 ms", "p99", "chunk p50 ms", "p99", "max", "sent"];
  return markdownTable(["held", ...times, ...PARTS.map((part) => `CPU, ${part}`), "KB of heap each"], rows);
}

const floodTable = (runs: readonly FloodRun[]): string =>
  markdownTable(
    ["messages of one user at once", "another's wait p50 ms", "max"],
    [...new Set(runs.map(({ flood }) => flood))].map((flood) => {
      const own = runs.filter((run) => run.flood === flood);
      return [`${flood}`, middle(own, ({ wait }) => wait.p50), middle(own, ({ wait }) => wait.max)];
    }),
  );

const HELD = 500;
const FLOOD_DELAY_MS = 1_000;

/** Each goal with what was found, as a list. */
function judgeGoals(held: readonly HeldRun[], flood: readonly FloodRun[]): string {
  const say = (met: boolean, text: string) => `- ${met ? "met" : "**missed**"}: ${text}`;
  const many = held.filter((run) => run.held === HELD);
  const late = median(many.map((run) => run.late.p99));
  const wait = median(many.map((run) => run.wait.p99));
  const [calm, flooded] = [0, 1].map((least) =>
    median(flood.filter((run) => Math.min(run.flood, 1) === least).map((run) => run.wait.max)),
  );
  const delayed = (flooded ?? Number.NaN) - (calm ?? Number.NaN);
  return [
    ...(many.length > 0
      ? [
          say(
            late < DELAY_MS,
            `${HELD} replies held at once, 99 % of their chunks out before the next one: ${show(late)} ms`,
          ),
          say(wait < FLOOD_DELAY_MS, `${HELD} held, p99 of the wait for a worker under a second: ${show(wait)} ms`),
        ]
      : []),
    say(delayed < FLOOD_DELAY_MS, `a flood delays another's reply by a second at most: ${show(delayed)} ms`),
  ].join("\n");
}
