import { readFileSync } from "node:fs";
import { findViolations } from "./imports/find-violations.ts";
import { type Manifest, readImportGraph } from "./imports/import-graph.ts";
import { IMPORT_RULES } from "./imports/import-rules.ts";
import { readSources } from "./imports/read-sources.ts";

/** `npm run check:imports`: holds the directions of imports that `imports/import-rules.ts` lists. */
const sources = readSources(".");
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const violations = findViolations(readImportGraph(sources, manifest), IMPORT_RULES);

for (const { rule, why, chain, line } of violations) {
  console.error(`${chain[0]}:${line} ${rule}\n  ${chain.join("\n    → ")}\n  ${why}\n`);
}
console.log(`${sources.size} modules, ${IMPORT_RULES.length + 1} rules, ${violations.length} violations`);
if (violations.length > 0) process.exitCode = 1;
