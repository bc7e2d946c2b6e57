import { join } from "node:path";
import { defineConfig, mergeConfig } from "vitest/config";
import base from "../../vitest.config.ts";

/** `npm run test:faults`: what holds while a process is killed or frozen, Redis or PostgreSQL is away, or a model fails. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: ["**/node_modules/**"] } },
  defineConfig({
    root: join(import.meta.dirname, "../.."),
    test: { include: ["test/faults/**/*.test.ts"] },
  }),
);
