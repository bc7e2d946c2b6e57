import { styleText } from "node:util";

/** What the demo shows. */
export type Screen = Readonly<{
  /** Tells what is under way, and in its place, when it is done, what came of it and how long it took. */
  step<T>(doing: string, work: Promise<T>, done: (result: T) => string): Promise<T>;
  line(text?: string): void;
  /** A line that is nice to know. */
  aside(text: string): void;
  /** What a person says. */
  question(text: string): void;
  /** A piece of a text that grows. */
  stream(text: string): void;
  success(text: string): void;
  failure(text: string): void;
}>;

type Output = Readonly<{ isTTY?: boolean; write(text: string): unknown }>;
type Style = Parameters<typeof styleText>[0];

const CLEAR_LINE = "\r\x1b[K";

/**
 * Writes to a terminal, or as plain lines to whatever else reads it.
 *
 * @param env NO_COLOR (https://no-color.org) takes the colours away, TERM=dumb also what moves
 */
export function createScreen(output: Output, faults: Output, env: NodeJS.ProcessEnv): Screen {
  const moves = output.isTTY === true && env["TERM"] !== "dumb";
  const colourful = moves && !env["NO_COLOR"];
  const paint = (style: Style, text: string) => (colourful ? styleText(style, text) : text);
  /** What stands in a line that has not ended: the step under way, or a growing text. */
  let open: "step" | "text" | undefined;

  function write(text: string): void {
    if (open !== undefined) output.write(open === "step" ? CLEAR_LINE : "\n");
    open = undefined;
    output.write(`${text}\n`);
  }

  return {
    async step(doing, work, done) {
      const startedAt = performance.now();
      if (moves) {
        output.write(paint("dim", `· ${doing} …`));
        open = "step";
      }
      const result = await work;
      write(`${paint("green", "✓")} ${done(result)} ${paint("dim", formatTime(performance.now() - startedAt))}`);
      return result;
    },
    line: (text = "") => write(text),
    aside: (text) => write(paint("dim", `  ${text}`)),
    question: (text) => write(paint("bold", `> ${text}`)),
    stream(text) {
      output.write(text);
      if (text !== "") open = text.endsWith("\n") ? undefined : "text";
    },
    success: (text) => write(`${paint("green", "✓")} ${text}`),
    failure(text) {
      if (open !== undefined) output.write(open === "step" ? CLEAR_LINE : "\n");
      open = undefined;
      faults.write(`${paint("red", "✗")} ${text}\n`);
    },
  };
}

/** @param ms milliseconds */
export function formatTime(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
