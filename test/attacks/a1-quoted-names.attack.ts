import { attackTest } from "./_support/attack.ts";
import { flood } from "./_support/flood.ts";

const variables = Array.from({ length: 100 }, (_, n) => `$v${n}: Int`).join(" ");

attackTest({
  name: "A1: 150 operations with a name of 250,000 characters and 100 errors",
  bounds: { growth: 100 },
  async run({ url }) {
    const body = (n: number) =>
      JSON.stringify({ query: `query ${"x".repeat(250_000)}${n}(${variables}) { __typename }` });
    const { largest } = await flood(url, { count: 150, concurrency: 1, body, limitMs: 60_000 });
    return `the longest answer has ${largest} bytes`;
  },
});
