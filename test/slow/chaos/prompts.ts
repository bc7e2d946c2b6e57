import fc from "fast-check";
import { numberedText } from "../../../tools/fakes/gemini/text.ts";

/** A message, and the only reply to it that is right. */
export type Prompt = Readonly<{ content: string; expected: string; clientId: string }>;

/** Passing faults of the model. */
const MODEL_FAULTS = fc.oneof(
  { weight: 83, arbitrary: fc.constant("") },
  { weight: 6, arbitrary: fc.constant("[[fake: 503 times=1]]") },
  { weight: 6, arbitrary: fc.constant("[[fake: cut after=5 times=1]]") },
  { weight: 3, arbitrary: fc.constant("[[fake: end after=2 times=1]]") },
  { weight: 2, arbitrary: fc.constant("[[fake: 429 retry-after=1 times=1]]") },
);

/** Replies of a tenth of a second to eight seconds, half of them beyond ASCII. */
const PROMPTS = fc.record({
  chunks: fc.integer({ min: 6, max: 120 }),
  size: fc.integer({ min: 3, max: 60 }),
  delay: fc.integer({ min: 10, max: 65 }),
  unicode: fc.boolean(),
  fault: MODEL_FAULTS,
});

/** The same for the same seed. */
export const makePrompts = (seed: number, count: number): Prompt[] =>
  fc.sample(PROMPTS, { seed, numRuns: count, unbiased: true }).map(({ delay, fault, ...pace }, index) => {
    // Half a surrogate pair at the very end can be stored nowhere.
    while (/[\uD800-\uDBFF]$/.test(numberedText(pace))) pace.chunks += 1;
    const { chunks, size, unicode } = pace;
    const directive = `[[fake: chunks=${chunks} size=${size} delay=${delay}${unicode ? " unicode" : ""}]]`;
    const content = `Question ${index + 1}. ${directive} ${fault}`.trim();
    return { content, expected: numberedText(pace), clientId: `chaos-${seed}-${index + 1}` };
  });
