import { markdownTable } from "../_support/markdown.ts";
import { median, percent, showSpread } from "../_support/numbers.ts";
import { REPLIES, type ReplyKind } from "./replies.ts";
import type { PageRun } from "./watch-reply.ts";

export type MeasuredReply = Readonly<{ kind: ReplyKind; run: PageRun }>;

/** The results in Markdown. */
export function writeReport(runs: readonly MeasuredReply[]): string {
  const rows = REPLIES.map((kind) => {
    const own = runs.filter((each) => each.kind === kind).map(({ run }) => run);
    const spread = (pick: (run: PageRun) => number) => showSpread(own.map(pick));
    return [
      kind,
      spread(({ frame }) => frame.p50),
      spread(({ frame }) => frame.p95),
      spread(({ lastP95 }) => lastP95),
      spread(({ frame }) => frame.max),
      spread(({ endMax }) => endMax),
      spread(({ openMax }) => openMax),
      percent(median(own.map(({ script }) => script))),
      percent(median(own.map(({ layout }) => layout))),
    ];
  });
  const header = [
    "a reply of 200 KB",
    "frame p50 ms",
    "p95",
    "p95 at its end",
    "longest",
    "longest at its end",
    "longest when opened again",
    "script",
    "layout",
  ];
  return `${METHOD}\n\n${markdownTable(header, rows)}`;
}

const METHOD = `Chromium, headless and without a GPU, on the same cores as the API, the worker, the fake Gemini, PostgreSQL and
Redis, follows a reply of 200 KB at its end: prose with code, lists and tables, a single paragraph, a single block of code. A
frame is the time between two animation frames; the end is the second before and the one after it; script and layout are shares of the time that the reply took.`;
