import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build as compile } from "esbuild";
import { bundle } from "../../tools/build/bundle.ts";

export const BENCH = join(import.meta.dirname, "..");

/** Holds `src/main.js` and `worker/main.js`, as production has them, and `programs/*.js` of the bench. */
export type Build = Readonly<{ dir: string; remove(): void }>;

/** @param bench the folder whose programs are wanted, if it has any */
export async function build(bench: string): Promise<Build> {
  // Inside the package, where its packages are found; a folder a run, so that two runs do not meet.
  const dir = join(BENCH, `.data/build-${process.pid}`);
  const remove = () => rmSync(dir, { recursive: true, force: true });
  const own = join(BENCH, bench, "programs");
  const programs = existsSync(own) ? readdirSync(own).map((name) => `${bench}/programs/${name}`) : [];
  try {
    await bundle(dir);
    await compile({
      absWorkingDir: BENCH,
      entryPoints: programs,
      entryNames: "programs/[name]",
      outdir: dir,
      bundle: true,
      packages: "external",
      platform: "node",
      format: "esm",
      target: "node20.19",
      sourcemap: true,
      logLevel: "warning",
    });
  } catch (error) {
    remove();
    throw error;
  }
  return { dir, remove };
}
