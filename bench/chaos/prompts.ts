import { numberedText } from "../../tools/fakes/gemini-text.ts";
import { createRandom } from "../_support/random.ts";

/** A message, and the only reply to it that is right. */
export type Prompt = Readonly<{ content: string; expected: string; clientId: string }>;

/** Passing faults of the model, each with its share of the prompts. */
const FAULTS: readonly (readonly [share: number, directive: string])[] = [
  [0.06, "[[stand-in: 503 times=1]]"],
  [0.06, "[[stand-in: cut after=5 times=1]]"],
  [0.03, "[[stand-in: end after=2 times=1]]"],
  [0.02, "[[stand-in: 429 retry-after=1 times=1]]"],
];

/** The messages of one user: replies of a tenth of a second to eight seconds, half of them beyond ASCII. */
export function makePrompts(seed: number, user: number, count: number): Prompt[] {
  const random = createRandom(seed * 1_000 + user);
  const upTo = (low: number, high: number) => Math.round(low + random() * (high - low));
  return Array.from({ length: count }, (_, index) => {
    const unicode = random() < 0.5;
    const pace = { chunks: upTo(6, 120), size: upTo(3, 60), unicode };
    // Half a surrogate pair at the very end can be stored nowhere.
    while (/[\uD800-\uDBFF]$/.test(numberedText(pace))) pace.chunks += 1;
    const directive = `[[stand-in: chunks=${pace.chunks} size=${pace.size} delay=${upTo(10, 65)}${unicode ? " unicode" : ""}]]`;
    const name = `Question ${index + 1} of user ${user + 1}.`;
    return {
      content: [name, directive, ...chooseFault(random())].join(" "),
      expected: numberedText(pace),
      clientId: `chaos-${seed}-${user + 1}-${index + 1}`,
    };
  });
}

function chooseFault(chance: number): string[] {
  let left = chance;
  const found = FAULTS.find(([share]) => (left -= share) < 0);
  return found ? [found[1]] : [];
}
