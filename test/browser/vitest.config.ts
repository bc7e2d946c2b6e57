import { join } from "node:path";
import { defineConfig, mergeConfig } from "vitest/config";
import base from "../../vitest.config.ts";

/** `npm run test:browser`: the pages in a real Chromium, one file after the other. Without one its suites are skipped. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: ["**/node_modules/**"] } },
  defineConfig({
    root: join(import.meta.dirname, "../.."),
    test: { include: ["test/browser/**/*.test.ts"], maxWorkers: 1, fileParallelism: false },
  }),
);
