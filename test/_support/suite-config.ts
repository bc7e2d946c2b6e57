import { join } from "node:path";
import { defineConfig, mergeConfig, type ViteUserConfig } from "vitest/config";
import base from "../../vitest.config.ts";

/**
 * The configuration of a suite that has a command of its own.
 *
 * @param folder under `test/`
 * @param test what differs from that of `npm test`
 */
export const suiteConfig = (folder: string, test: ViteUserConfig["test"] = {}): ViteUserConfig =>
  mergeConfig(
    mergeConfig({ ...base, test: { ...base.test, include: [], exclude: ["**/node_modules/**"] } }, { test }),
    defineConfig({ root: join(import.meta.dirname, "../.."), test: { include: [`test/${folder}/**/*.test.ts`] } }),
  );
