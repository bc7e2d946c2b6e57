import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const ROOT = join(import.meta.dirname, "../..");
const WEB = join(ROOT, "web");
/** Where the pages are found by a server that runs from its sources. */
export const WEB_DIR = join(ROOT, "dist/web");
/** Beside the pages, the hash of what they were made of. */
const STAMP = ".sources";

/** Each is `web/<name>.html`. */
const PAGES = ["chat", "graphiql", "suggestions"];

/**
 * Makes `dist/web` of `web/`: the pages, and in `assets/` what they load, by names that hold a hash, also packed by gzip.
 * Returns at once when it is there already and no source has changed.
 */
export async function buildWeb(): Promise<void> {
  const sources = hashSources();
  if (readStamp() === sources) return;
  const made = `${WEB_DIR}-${randomUUID()}`;
  try {
    await writeGraphiql(join(WEB, "generated/graphiql"));
    await bundlePages(made);
    await packAssets(join(made, "assets"));
    writeFileSync(join(made, STAMP), sources);
    replaceFolder(made, sources);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/** The lock file stands for the packages that are bundled, and those that bundle. */
function hashSources(): string {
  const hash = createHash("sha256");
  const names = [WEB, ...["packages/client/src", "docs/api"].map((name) => join(ROOT, name))].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.\w+$/.test(name) && !/\.test\.tsx?$/.test(name) && !name.startsWith("generated"))
      .toSorted()
      .map((name) => join(folder, name)),
  );
  for (const path of [
    ...names,
    ...["package-lock.json", "schema.graphql"].map((name) => join(ROOT, name)),
    import.meta.filename,
  ])
    hash.update(path.slice(ROOT.length)).update(readFileSync(path));
  return hash.digest("hex");
}

/** @returns undefined where nothing was made yet */
function readStamp(): string | undefined {
  try {
    return readFileSync(join(WEB_DIR, STAMP), "utf8");
  } catch {
    return undefined;
  }
}

/** Its package holds GraphiQL and Monaco as strings; `web/` takes them from files. Workers are called by their labels. */
async function writeGraphiql(folder: string): Promise<void> {
  const graphiql = await import("@graphql-yoga/render-graphiql/graphiql");
  mkdirSync(folder, { recursive: true });
  const files = {
    "graphiql.js": graphiql.js,
    "graphiql.css": graphiql.css,
    "editorWorkerService.js": graphiql.editorWorkerService,
    "graphql.js": graphiql.graphqlWorker,
    "json.js": graphiql.jsonWorker,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

/** One page after the other: each has files of its own, so that none waits for what another needs. */
async function bundlePages(outDir: string): Promise<void> {
  // Takes a third of a second to load, and is seldom needed.
  const { build } = await import("vite");
  // The default; left open, Vite would make it production for the whole process, and so for `npm run dev`.
  process.env["NODE_ENV"] ??= "development";
  for (const page of PAGES)
    await build({
      configFile: false,
      envDir: false,
      root: WEB,
      // Relative addresses hold behind any path that a proxy gives the API.
      base: "./",
      publicDir: false,
      logLevel: "warn",
      // As in production also where tests build, and `npm run dev`.
      define: { "process.env.NODE_ENV": JSON.stringify("production") },
      resolve: { conditions: ["module", "browser", "production"] },
      oxc: { jsx: { runtime: "automatic", development: false } },
      build: {
        outDir,
        emptyOutDir: false,
        assetsInlineLimit: 0,
        modulePreload: false,
        // What has `light-dark()` and nesting: nothing is rewritten for older ones.
        target: ["chrome123", "edge123", "firefox120", "safari17.5"],
        chunkSizeWarningLimit: 1_000,
        rolldownOptions: {
          input: join(WEB, `${page}.html`),
          // Advice about slow plugins, on busy machines; and about "use client", which means nothing here.
          checks: { bundlerTimings: false, moduleLevelDirective: false },
        },
      },
    });
}

async function packAssets(folder: string): Promise<void> {
  const names = await readdir(folder);
  await Promise.all(
    names.map(async (name) => {
      const packed = await promisify(gzip)(await readFile(join(folder, name)), { level: 9 });
      await writeFile(join(folder, `${name}.gz`), packed);
    }),
  );
}

/** Another process may have made the same meanwhile. */
function replaceFolder(made: string, sources: string): void {
  try {
    rmSync(WEB_DIR, { recursive: true, force: true });
    renameSync(made, WEB_DIR);
  } catch (error) {
    if (readStamp() !== sources) throw error;
  }
}
