import { join } from "node:path";
import { defineConfig, mergeConfig } from "vitest/config";
import base from "../../vitest.config.ts";

/** `npm run test:slow`: what takes minutes, or promises seconds, one after the other. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: ["**/node_modules/**"] } },
  defineConfig({
    root: join(import.meta.dirname, "../.."),
    test: { include: ["test/slow/**/*.test.ts"], maxWorkers: 1, fileParallelism: false },
  }),
);
