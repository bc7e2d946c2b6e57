import { decode, encode } from "@jridgewell/sourcemap-codec";
import { build } from "esbuild";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const PROGRAMS = ["src/main.ts", "worker/main.ts", "src/admin.ts", "src/migrate.ts"];

/** Found in node_modules when they are asked for: they carry files of their own, or are large and seldom wanted. */
const LEFT_OUT = [
  "@google/genai",
  "@node-rs/argon2",
  "@opentelemetry/exporter-trace-otlp-http",
  "@opentelemetry/resources",
  "@opentelemetry/sdk-trace-node",
  "@prisma/client",
  "@zxcvbn-ts/language-common",
  "stripe",
];

/** What packages that are no ES modules ask Node for. */
const REQUIRE = `import { createRequire as toRequire } from "node:module"; const require = toRequire(import.meta.url);`;

/**
 * Makes a file of each program, with the packages that it starts with: looking for a thousand modules one by one was most
 * of what a start cost.
 *
 * @param outDir in the project, where what is left out is found
 */
export async function bundle(outDir: string): Promise<void> {
  const { outputFiles } = await build({
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
    write: false,
  });
  await Promise.all(
    outputFiles.map(async ({ path, text, contents }) => {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, path.endsWith(".map") ? withoutPackages(text) : contents);
    }),
  );
}

type SourceMap = { sources: string[]; mappings: string };

/** A source map of our own files alone. Node reads all of it for the first error, and serves nobody meanwhile. */
function withoutPackages(json: string): string {
  const map = JSON.parse(json) as SourceMap;
  const isOurs = map.sources.map((source) => !source.includes("node_modules/"));
  let wasOurs = false;
  const lines = decode(map.mappings).map((line) =>
    line.flatMap((segment) => {
      const [column, source] = segment;
      const endsOurs = wasOurs;
      wasOurs = source !== undefined && isOurs[source] === true;
      if (wasOurs) return [segment];
      // What follows is of no file; else it would be taken for the end of ours.
      return endsOurs ? [[column] satisfies [number]] : [];
    }),
  );
  return JSON.stringify({ ...map, mappings: encode(lines) });
}
