import { startGeminiStandIn } from "../../../tools/fakes/gemini.ts";
import { serveCommands } from "../../_support/commands.ts";
import { monotonicOffset } from "../../_support/numbers.ts";

/** Gemini's stand-in, steered by the prompts' directives. */
const standIn = await startGeminiStandIn();
const fromEpoch = monotonicOffset() - performance.timeOrigin;

await serveCommands(
  {
    url: () => standIn.url,
    /** Forgets what was asked so far. */
    reset: () => standIn.reset(),
    /** When each chunk of the reply to each prompt went out, on the clock of `monotonicNow`. */
    times: () =>
      standIn.requests.map(({ prompt, chunkTimes }) => ({ prompt, times: chunkTimes.map((time) => time + fromEpoch) })),
  },
  () => standIn.close(),
);
