import { suiteConfig } from "../_support/suite-config.ts";

/** `npm run test:faults`: what holds while a process is killed or frozen, Redis or PostgreSQL is away, or a model fails. */
export default suiteConfig("faults");
