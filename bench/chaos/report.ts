import { markdownTable } from "../_support/table.ts";
import type { Result } from "./run.ts";

/** Whether the run kept every promise. */
export const isClean = ({ verdict, crashes, wanted }: Result): boolean =>
  verdict.lost + verdict.doubled + verdict.differing + verdict.failed + verdict.mischarged + crashes.length === 0 &&
  verdict.answered === wanted;

/** One run in words, for the terminal. */
export function describeRun(result: Result): string {
  const { verdict, standstills, seed } = result;
  const { longest, overall, served, afterwards } = standstills;
  const standstill = ({ ms, who, what, from }: typeof longest) =>
    `${seconds(ms)} (${who}, waiting for ${what}, from ${seconds(from)} on)`;
  const lines: [string, string][] = [
    ["seed", String(seed)],
    ["sent", `${verdict.sent} of ${result.wanted}`],
    ["answered", String(verdict.answered)],
    ["lost", String(verdict.lost)],
    ["doubled", String(verdict.doubled)],
    ["differing texts", String(verdict.differing)],
    ["failed", String(verdict.failed)],
    ["charged wrongly", String(verdict.mischarged)],
    ["faults injected", `${total(result.faults)} (${list(result.faults)}; ${result.missed} more found the part away)`],
    ["connections and sends broken off", `${total(result.broken)} (${list(result.broken)})`],
    ["attempts a reply", spread(verdict.attempts)],
    ["tries counted a reply", spread(verdict.tries)],
    ["longest time without progress: of one user", standstill(longest)],
    ["… of all users at once", standstill(overall)],
    ["… of one user, with one of each part there", standstill(served)],
    ["… of one user, after all parts were back", standstill(afterwards)],
    ["took", seconds(result.took)],
  ];
  if (result.errors.size > 0) lines.push(["errors logged", list(result.errors)]);
  const width = Math.max(...lines.map(([name]) => name.length));
  const findings = [...result.crashes, ...verdict.findings].map((finding) => `  ! ${finding}`);
  return [...lines.map(([name, value]) => `${name.padEnd(width)}  ${value}`), ...findings].join("\n");
}

/** Many runs as a table in Markdown. */
export function tabulate(results: readonly Result[]): string {
  const header = [
    "seed",
    "faults",
    "sent",
    "answered",
    "lost",
    "doubled",
    "differing",
    "failed",
    "mischarged",
    "reconnects",
    "attempts max / mean",
    "longest standstill",
    "… with one of each part there",
    "… after all were back",
  ];
  const rows = results.map((result) => [
    String(result.seed),
    String(total(result.faults)),
    ...(["sent", "answered", "lost", "doubled", "differing", "failed", "mischarged"] as const).map((name) =>
      String(result.verdict[name]),
    ),
    String(total(result.broken)),
    `${Math.max(0, ...result.verdict.attempts)} / ${mean(result.verdict.attempts)}`,
    seconds(result.standstills.longest.ms),
    seconds(result.standstills.served.ms),
    seconds(result.standstills.afterwards.ms),
  ]);
  return markdownTable(header, rows);
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
const total = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((sum, one) => sum + one, 0);
const list = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, times]) => `${name} ${times}`)
    .join(", ");
const mean = (numbers: readonly number[]): string =>
  (numbers.reduce((sum, one) => sum + one, 0) / Math.max(1, numbers.length)).toFixed(2);
const spread = (numbers: readonly number[]): string => `max ${Math.max(0, ...numbers)}, mean ${mean(numbers)}`;
