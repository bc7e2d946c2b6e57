import { join } from "node:path";
import { defineConfig, mergeConfig } from "vitest/config";
import base from "../../vitest.config.ts";

/** `npm run test:setups`: what people start: development, the tour, the examples, the packed client, proxies. */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: ["**/node_modules/**"] } },
  defineConfig({
    root: join(import.meta.dirname, "../.."),
    test: { include: ["test/setups/**/*.test.ts"] },
  }),
);
