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
 * Compiles the API, the worker and the benches' own programs. Production has each in one file, which starts faster and
 * runs the same; here the modules stay apart, so that a profile can name them.
 *
 * @param bench the folder of the only bench that is wanted
 */
export async function build(bench = "*"): Promise<Build> {
  // Inside the project, where its packages are found; a folder a run, so that two runs do not meet.
  const dir = join(ROOT, `.data/bench-build-${process.pid}`);
  const remove = () => rmSync(dir, { recursive: true, force: true });
  const include = ["src", "worker", "bench/_support/probe.ts", `bench/${bench}/programs`];
  const settings = {
    extends: "../../tsconfig.json",
    compilerOptions: { noEmit: false, rootDir: "../..", outDir: ".", sourceMap: true },
    exclude: ["../../**/*.test.ts"],
  };
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
