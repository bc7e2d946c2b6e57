import { createGate, type Gate } from "../../../tools/fakes/gemini-script.ts";
import { startGeminiStandIn } from "../../../tools/fakes/gemini.ts";
import { numberedChunks } from "../../../tools/fakes/gemini-text.ts";
import { serveCommands } from "../../_support/commands.ts";
import { monotonicOffset } from "../../_support/numbers.ts";
import type { Pace } from "../pace.ts";

/**
 * Gemini's stand-in, held back by gates: it answers nothing before all subscribers are in their places, and the first
 * words of the replies are spread over a second, as those of people who do not know of each other.
 */
const standIn = await startGeminiStandIn();
const fromEpoch = monotonicOffset() - performance.timeOrigin;
let prompts: readonly string[] = [];
let gates: Gate[] = [];
let holds: Gate[] = [];

await serveCommands(
  {
    url: () => standIn.url,
    /** Prepares one reply for each prompt; with `holdAfter` it stands still after so many chunks until `release`. */
    prepare(input: { prompts: string[]; pace: Pace; holdAfter?: number }) {
      standIn.reset();
      prompts = input.prompts;
      gates = prompts.map(createGate);
      holds = prompts.map(createGate);
      const { delayMs, ...text } = input.pace;
      const chunks = numberedChunks(text);
      const held = input.holdAfter ?? chunks.length;
      prompts.forEach((prompt, index) => {
        const [gate, hold] = [gates[index], holds[index]];
        if (!gate || !hold) return;
        const rest = [{ waitFor: hold }, { chunks: chunks.slice(held), delayMs }];
        const script = [
          { waitFor: gate },
          { chunks: chunks.slice(0, held), delayMs },
          ...(held < chunks.length ? rest : []),
        ];
        standIn.onPrompt((asked) => asked === prompt, script);
      });
    },
    /** How many of the replies were asked for. */
    asked: () => standIn.requests.length,
    /** Lets the replies begin, evenly within the time. */
    async open({ withinMs }: { withinMs: number }) {
      const start = performance.now();
      for (const [index, gate] of gates.entries()) {
        const wait = start + (index * withinMs) / gates.length - performance.now();
        if (wait >= 1) await new Promise((resolve) => setTimeout(resolve, wait));
        gate.open();
      }
    },
    release: () => holds.forEach((hold) => hold.open()),
    /** Chunks sent so far, of all replies. */
    sent: () => standIn.requests.reduce((sum, { chunksSent }) => sum + chunksSent, 0),
    /** When each chunk of each reply went out, on the clock of `monotonicNow`. */
    times() {
      const records = new Map(standIn.requests.map((record) => [record.prompt, record]));
      return prompts.map((prompt) => records.get(prompt)?.chunkTimes.map((time) => time + fromEpoch) ?? []);
    },
  },
  () => standIn.close(),
);
