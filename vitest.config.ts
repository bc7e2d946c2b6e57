import { defineConfig } from "vitest/config";

export default defineConfig({
  // What Node itself takes for "graphql". Vite would take index.mjs, a second copy beside the one that packages load.
  resolve: { alias: [{ find: /^graphql$/, replacement: "graphql/index.js" }] },
  test: {
    include: ["{src,worker,web,packages,tools,test,examples}/**/*.test.ts"],
    // Each has a command of its own: `npm run test:faults` and so on.
    exclude: ["**/node_modules/**", "test/{faults,setups,browser,slow}/**"],
    globalSetup: "test/_support/global-setup.ts",
    pool: "forks",
    // As for the processes under test, see `test/_support/processes.ts`.
    execArgv: ["--liftoff-only"],
    maxWorkers: 3,
    isolate: false,
    // Limits are for what hangs: a machine may be busy with other things for a while.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000, interval: 20 } },
    reporters: ["default"],
  },
});
