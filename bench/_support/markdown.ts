import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BENCH } from "./build.ts";

const FILE = join(BENCH, "RESULTS.md");

/** A table that reads as well in a terminal. The first columns are text, the others numbers. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  textColumns = 1,
): string {
  const widths = header.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) => {
    const cells = widths.map((size, column) => {
      const text = row[column] ?? "";
      return column < textColumns ? text.padEnd(size) : text.padStart(size);
    });
    return `| ${cells.join(" | ")} |`;
  };
  const rules = widths.map((size, column) => "-".repeat(size + 1) + (column < textColumns ? "-" : ":"));
  return [line(header), `|${rules.join("|")}|`, ...rows.map(line)].join("\n");
}

/** Replaces one bench's section of `bench/RESULTS.md`, or adds it at the end; the others stay as they are. */
export function writeResults(heading: string, body: string): void {
  const sections = readFileSync(FILE, "utf8")
    .trimEnd()
    .split(/^(?=## )/m);
  const own = `## ${heading}\n\n${body}`;
  const at = sections.findIndex((section) => section.startsWith(`## ${heading}\n`));
  sections.splice(at === -1 ? sections.length : at, 1, own);
  writeFileSync(FILE, `${sections.map((section) => section.trim()).join("\n\n")}\n`);
}
