import { createGate, type Gate } from "../../tools/fakes/gemini/script.ts";
import { startFakeGemini } from "../../tools/fakes/gemini/fake-gemini.ts";
import { numberedChunks } from "../../tools/fakes/gemini/text.ts";
import { monotonicOffset } from "./numbers.ts";
import type { Pace } from "./pace.ts";
import { serveCommands } from "./serve.ts";

/** A fake Gemini, steered by the prompts' directives, or by scripts that a gate holds back until all readers stand. */
const gemini = await startFakeGemini();
const fromEpoch = monotonicOffset() - performance.timeOrigin;
let gates: Gate[] = [];

await serveCommands(
  {
    url: () => gemini.url,
    /** Forgets what was asked so far, and prepares a reply for each prompt. */
    prepare({ prompts, pace }: { prompts: string[]; pace: Pace }) {
      gemini.reset();
      gates = prompts.map((prompt) => {
        const gate = createGate();
        const script = [{ waitFor: gate }, { chunks: numberedChunks(pace), delayMs: pace.delayMs }];
        gemini.onPrompt((asked) => asked === prompt, script);
        return gate;
      });
    },
    /** Answers the next prompt with this text, in pieces. */
    write({ chunks, delayMs }: { chunks: string[]; delayMs: number }) {
      gemini.enqueue([{ chunks, delayMs }]);
    },
    /** How many replies were asked for, and how many chunks sent of them all. */
    counts: () => ({
      asked: gemini.requests.length,
      sent: gemini.requests.reduce((sum, { chunksSent }) => sum + chunksSent, 0),
    }),
    /** Lets the replies begin, evenly within the time. */
    async open({ withinMs }: { withinMs: number }) {
      const start = performance.now();
      for (const [index, gate] of gates.entries()) {
        const wait = start + (index * withinMs) / gates.length - performance.now();
        if (wait >= 1) await new Promise((resolve) => setTimeout(resolve, wait));
        gate.open();
      }
    },
    /** When each chunk of the reply to each prompt went out, on the clock of `monotonicNow`. */
    times: () =>
      Object.fromEntries(
        gemini.requests.map(({ prompt, chunkTimes }) => [prompt, chunkTimes.map((time) => time + fromEpoch)]),
      ),
  },
  () => gemini.close(),
);
