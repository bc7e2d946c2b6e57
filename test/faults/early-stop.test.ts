import { expect, test } from "vitest";
import { startColloquy } from "../_support/colloquy.ts";

/** What is asked of Redis at the start is answered, or not, by a hair's breadth. */
const TIMES = 4;
/** Pino's number. Lines of a crash have none. */
const INFO = 30;

test.each(["startApi", "startWorker"] as const)("%s, stopped as soon as it is ready, ends in order", async (start) => {
  const colloquy = await startColloquy({ apis: 0, workers: 0 });
  try {
    for (let n = 0; n < TIMES; n += 1) {
      const started = await colloquy[start]();
      const ending = await started.stop();
      expect(started.logs.filter(({ level }) => level !== INFO)).toEqual([]);
      expect(ending).toEqual({ code: 0, signal: null });
    }
  } finally {
    await colloquy.close();
  }
});
