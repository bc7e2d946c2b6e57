import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

export type Build = Readonly<{
  /** Holds `src/main.js`, `worker/main.js` and `bench/<name>/programs/*.js`. */
  dir: string;
  remove(): void;
}>;

const ROOT = join(import.meta.dirname, "../..");
const LIMIT_MS = 120_000;

/**
 * Compiles the API, the worker and the benches' own programs, so that all of them run as they would in production.
 *
 * @param bench the folder of the only bench that is wanted
 */
export async function build(bench = "*"): Promise<Build> {
  // Inside the project, where its packages are found; a folder a run, so that two runs do not meet.
  const dir = join(ROOT, `.data/bench-build-${process.pid}`);
  const remove = () => rmSync(dir, { recursive: true, force: true });
  const include = ["src", "worker", "bench/_support/probe.ts", `bench/${bench}/programs`];
  const settings = { extends: "../../tsconfig.build.json", compilerOptions: { rootDir: "../..", outDir: "." } };
  try {
    mkdirSync(dir, { recursive: true });
    const config = join(dir, "tsconfig.json");
    writeFileSync(config, JSON.stringify({ ...settings, include: include.map((path) => `../../${path}`) }));
    await promisify(execFile)(join(ROOT, "node_modules/.bin/tsc"), ["-p", config], { cwd: ROOT, timeout: LIMIT_MS });
  } catch (error) {
    remove();
    throw error;
  }
  return { dir, remove };
}
