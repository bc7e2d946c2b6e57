import { markdownTable } from "../_support/markdown.ts";
import { groupBy, median, percent, show, showSpread } from "../_support/numbers.ts";
import { SHARE, type ProcessRun } from "./processes.ts";
import type { ReadRow } from "./reads.ts";
import type { Relation } from "./rows.ts";
import type { SocketRun } from "./sockets.ts";

export function writeReads(rows: readonly ReadRow[]): string {
  const groups = groupBy(rows, ({ what }) => what);
  const lines = groups.flatMap(([what, sizes]) =>
    sizes.map(({ size, p50, cpu }) => {
      const least = sizes[0];
      const times =
        least && least.size !== size ? `${show(median(p50) / median(least.p50))} × for ${size / least.size} ×` : "";
      return [what, size.toLocaleString("en-US"), showSpread(p50), times, show(cpu.server), show(cpu.postgres)];
    }),
  );
  const header = ["", "messages or rooms", "p50 ms", "grows", "µs CPU, API", "µs CPU, PostgreSQL"];
  return `### Rooms and messages

${READS}

${markdownTable(header, lines)}`;
}

const READS = `One request after the other, so that each waits for nothing else; a tenth of the messages are siblings. No answer comes from the
cache. Sends go to a room once each, too few to tell their CPU; a room of 10,000 messages takes none.`;

const SCALES = [1e6, 1e7, 1e8];

/** What so many rows would take, by the bytes a row that were measured. */
export function writeRows(relations: readonly Relation[]): string {
  const lines = relations.map(({ table, name, isIndex, rows, bytes, pages }) => [
    isIndex ? `index ${name}` : `**table ${table}**`,
    Math.round(rows).toLocaleString("en-US"),
    show(bytes / rows),
    ...SCALES.map((scale) => `${show(((bytes / rows) * scale) / 2 ** 30)} GB`),
    ...SCALES.map((scale) => (isIndex ? String(height(scale, rows / pages)) : "")),
  ]);
  const scaled = ["1 M", "10 M", "100 M"];
  const header = ["", "rows", "bytes each", ...scaled, ...scaled.map((each) => `levels at ${each}`)];
  return `### Rows

${ROWS}

${markdownTable(header, lines)}`;
}

const ROWS = `Sizes as PostgreSQL has filled them, with messages of 200 characters, and by extrapolation what more rows would take. A read of one row
through an index looks at one page for each level: that is how reads grow with all that is stored.`;

/** Of a B-tree whose pages hold so many entries each; its inner pages hold no fewer. */
const height = (rows: number, perPage: number): number => Math.max(1, Math.ceil(Math.log(rows) / Math.log(perPage)));

export const writeSockets = (runs: readonly SocketRun[]): string => `### Sockets

${SOCKETS}

${markdownTable(
  [
    "sockets",
    "connected in s",
    "KB each: RSS",
    "heap",
    "idle: CPU of a core",
    "storm: half back in s",
    "all back in s",
    "refused",
  ],
  runs.map((run) => [
    run.sockets.toLocaleString("en-US"),
    show(run.connectedIn),
    show(run.rss / 1024),
    show(run.heap / 1024),
    `${show(run.idle * 100)} %`,
    show(run.stormP50),
    show(run.stormAll),
    String(run.refused),
  ]),
  0,
)}`;

const SOCKETS = `One API; each socket is another user's, who watches a room (\`messageAdded\`). They connect 64 at a time, stay idle, and are cut off. A
message is stored in each room then, and all come back to a fresh API at the same moment, which has to sign them in, and to read what
each has missed. One that is refused tries again within a second.`;

export function writeProcesses(runs: readonly ProcessRun[]): string {
  const lines = groupBy(runs, ({ what }) => what).flatMap(([what, same]) => {
    const of = (count: number) => same.filter(({ processes }) => processes === count);
    const speed = (count: number) => median(of(count).map(({ perSecond }) => perSecond));
    return [1, 2].map((count) => {
      const share = (part: keyof ProcessRun["cpu"]) => percent(median(of(count).map(({ cpu }) => cpu[part])));
      const perSecond = showSpread(of(count).map((run) => run.perSecond));
      const times = count === 1 ? "" : `${show(speed(count) / speed(1))} ×`;
      return [what, String(count), perSecond, times, share("own"), share("postgres"), share("redis")];
    });
  });
  const header = ["", "APIs or workers", "per second", "against one", "CPU: all of them", "PostgreSQL", "Redis"];
  return `### Two processes against one

${PROCESSES}

${markdownTable(header, lines)}`;
}

const PROCESSES = `Each API and each worker may use ${percent(SHARE)} of a core, by a control group, so that the two cores are not what limits them. What
the databases use tells where the next limit is.`;
