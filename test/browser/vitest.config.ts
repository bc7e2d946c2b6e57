import { suiteConfig } from "../_support/suite-config.ts";

/** `npm run test:browser`: the pages in a real Chromium, one file after the other. Without one its suites are skipped. */
export default suiteConfig("browser", { maxWorkers: 1, fileParallelism: false });
