import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { bundle } from "../../tools/build/bundle.ts";
import { buildWeb, WEB_DIR } from "../../tools/build/web.ts";
import { createDatabase, startPostgres } from "../../tools/local-stack/postgres.ts";
import { applyMigrations } from "../../src/platform/postgres/migrations.ts";
import { TEMPLATE } from "./databases.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** A PostgreSQL server for all test files, with a migrated database to copy. */
    postgresUrl: string;
    /** For what servers keep; it goes with the run. */
    dataDir: string;
    /** Where the processes under test are, compiled as for production. */
    buildDir: string;
  }
}

/** Inside the project, where its packages are found; a run of its own each, so that two runs do not meet. */
const BUILD_DIR = join(import.meta.dirname, `../../.data/test-build-${process.pid}`);

/** Compiles what is tested and starts PostgreSQL, once for all test files. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const data = await mkdtemp(join(tmpdir(), "colloquy-test-"));
  const [postgres] = await Promise.all([
    startPostgres({ dir: join(data, "postgres"), durable: false }),
    bundle(BUILD_DIR),
    buildWeb().then(() => cp(WEB_DIR, join(BUILD_DIR, "web"), { recursive: true })),
  ]);
  await applyMigrations(await createDatabase(postgres.url, TEMPLATE));
  project.provide("postgresUrl", postgres.url);
  project.provide("dataDir", data);
  project.provide("buildDir", BUILD_DIR);
  return async () => {
    await postgres.stop();
    await Promise.all([data, BUILD_DIR].map((dir) => rm(dir, { recursive: true, force: true })));
  };
}
