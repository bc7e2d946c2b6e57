import { build } from "esbuild";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const PROGRAMS = ["src/main.ts", "worker/main.ts", "src/admin.ts", "src/migrate.ts"];

/** Found in node_modules when they are asked for: they carry files of their own, or are large and seldom wanted. */
const LEFT_OUT = ["@google/genai", "@node-rs/argon2", "@prisma/client", "@zxcvbn-ts/language-common", "stripe"];

/** What packages that are no ES modules ask Node for. */
const REQUIRE = `import { createRequire as toRequire } from "node:module"; const require = toRequire(import.meta.url);`;

/**
 * Makes a file of each program, with the packages that it starts with: looking for a thousand modules one by one was most
 * of what a start cost.
 *
 * @param outDir in the project, where what is left out is found
 */
export async function bundle(outDir: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: PROGRAMS,
    outbase: ".",
    outdir: outDir,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    external: LEFT_OUT,
    banner: { js: REQUIRE },
    sourcemap: true,
    sourcesContent: false,
    logLevel: "warning",
  });
}
