import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** `npm run check`: every check, one line each; failures are printed in full, and once more at the end. */
const CHECKS = {
  "generated code": "generate",
  types: "check:types",
  lint: "check:lint",
  format: "check:format",
  "import directions": "check:imports",
  "dead code": "check:dead-code",
  "schema.graphql": "check:schema",
  "page size": "check:page-size",
  "client size": "check:client-size",
  "schema changes": "check:schema-changes",
  migrations: "db:check",
  // Whose packages need not be installed.
  ...(existsSync("bench/node_modules") && { benches: "check:benches" }),
};
const LIMIT_MS = 180_000;

const failed = Object.entries(CHECKS).filter(([label, script]) => !passes(label, script));

if (failed.length > 0) {
  console.error(`\nfailed: ${failed.map(([label, script]) => `${label} (npm run ${script})`).join(", ")}`);
  process.exitCode = 1;
}

function passes(label: string, script: string): boolean {
  const start = performance.now();
  const run = spawnSync("npm", ["run", "--silent", script], {
    encoding: "utf8",
    timeout: LIMIT_MS,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const seconds = ((performance.now() - start) / 1_000).toFixed(1);
  const passed = run.status === 0;

  console.log(`${passed ? "pass" : "FAIL"}  ${label.padEnd(20)}${seconds.padStart(6)} s`);
  if (!passed) console.log(`\n${run.stdout}${run.stderr}\n${script}: ${run.error?.message ?? `exit ${run.status}`}\n`);
  return passed;
}
