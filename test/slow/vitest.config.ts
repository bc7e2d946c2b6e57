import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suiteConfig } from "../_support/suite-config.ts";

const ROOT = join(import.meta.dirname, "../..");

/**
 * `npm run test:slow`, on an idle machine, one file after the other: what takes minutes, and what the server promises in
 * seconds. `npm test` runs the latter without the clock (`test/_support/within.ts`).
 */
export default suiteConfig("slow", {
  include: filesWithPromises(),
  env: { COLLOQUY_TIMED_TESTS: "on" },
  maxWorkers: 1,
  fileParallelism: false,
});

function filesWithPromises(): string[] {
  return readdirSync(join(ROOT, "test"), { recursive: true, encoding: "utf8" })
    .map((path) => join("test", path))
    .filter((path) => path.endsWith(".test.ts") && readFileSync(join(ROOT, path), "utf8").includes("/within.ts"));
}
