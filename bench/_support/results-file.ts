import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FILE = join(import.meta.dirname, "../RESULTS.md");
const TITLE =
  "# Results of the benches\n\nEach section is written by its own bench, which also says on which machine it ran.\n";

/** Replaces one bench's section of `bench/RESULTS.md`, or adds it at the end; the others stay as they are. */
export function writeResults(heading: string, body: string): void {
  const text = existsSync(FILE) ? readFileSync(FILE, "utf8") : TITLE;
  const sections = text.split(/^(?=## )/m);
  const own = `## ${heading}\n\n${body.trim()}\n`;
  const at = sections.findIndex((section) => section.startsWith(`## ${heading}\n`));
  const last = at === sections.length - 1;
  if (at === -1) sections.push(`${sections.at(-1)?.endsWith("\n\n") ? "" : "\n"}${own}`);
  else sections[at] = last ? own : `${own}\n`;
  writeFileSync(FILE, sections.join(""));
}
