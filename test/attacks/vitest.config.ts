import { join } from "node:path";
import { defineConfig, mergeConfig } from "vitest/config";
import base from "../../vitest.config.ts";

const ROOT = join(import.meta.dirname, "../..");

/** `npm run test:attacks`: one after the other, as each measures a machine that has nothing else to do. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({
    root: ROOT,
    test: {
      include: ["test/attacks/*.attack.ts"],
      globalSetup: [join(import.meta.dirname, "_support/results.ts")],
      maxWorkers: 1,
      fileParallelism: false,
    },
  }),
);
