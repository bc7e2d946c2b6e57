import { readFileSync } from "node:fs";
import { findViolations } from "./imports/find-violations.ts";
import { readModules } from "./imports/read-modules.ts";

/** `npm run check:imports`: holds what `imports/rooms.ts` says of who may import whom. */
const modules = readModules(".");
const { dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as { dependencies: Record<string, string> };
const violations = findViolations(modules, Object.keys(dependencies));

for (const { module, line, to, why } of violations) console.error(`${module}:${line} imports ${to}\n  ${why}\n`);
console.log(`${modules.size} modules, ${violations.length} violations`);
if (violations.length > 0) process.exitCode = 1;
