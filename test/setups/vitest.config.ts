import { suiteConfig } from "../_support/suite-config.ts";

/** `npm run test:setups`: what people start: development, the tour, the examples, the packed client, proxies. */
export default suiteConfig("setups");
