import { thinkingOf, THINKING_LEVELS, type ThinkingLevel } from "./models.ts";
import type { RequestBody } from "./record.ts";

const PIECES: Readonly<Record<ThinkingLevel, number>> = { MINIMAL: 0, LOW: 1, MEDIUM: 2, HIGH: 4 };

/** Whether the answer shows thoughts. */
export function showsThoughts(body: RequestBody): boolean {
  return body.generationConfig?.thinkingConfig?.includeThoughts === true;
}

/**
 * How many pieces of thought a request gets that asks for none by a directive: by its level, or by its model's own. A
 * model of before the third generation thinks only when asked to, although the real ones do.
 */
export function thoughtPieces(model: string, body: RequestBody): number {
  const { thinkingLevel, thinkingBudget, includeThoughts } = body.generationConfig?.thinkingConfig ?? {};
  if (thinkingBudget !== undefined) return thinkingBudget === 0 ? 0 : PIECES.MEDIUM;
  const { levels, level } = thinkingOf(model);
  if (levels.length === 0) return includeThoughts ? PIECES.MEDIUM : 0;
  return PIECES[THINKING_LEVELS.find((known) => known === thinkingLevel?.toUpperCase()) ?? level];
}

/** Summaries of thoughts as Gemini writes them: a bold heading, a paragraph, blank lines. The same for the same prompt. */
export function thoughtTexts(prompt: string, pieces: number): string[] {
  const asked = Array.from(prompt.replace(/\s+/g, " ").trim()).slice(0, 80).join("");
  return Array.from({ length: pieces }, (_, index) => {
    const [heading, body] = THOUGHTS[index % THOUGHTS.length] ?? ["", ""];
    return `**${heading}**\n\n${index === 0 ? `The question is: “${asked}”. ` : ""}${body}\n\n\n`;
  });
}

const THOUGHTS = [
  [
    "Reading the Question",
    "I am looking at what is really asked here, and for whom. 🤔 There is more than one way to read it.",
  ],
  ["Weighing the Options", "A short answer would do, but an example makes it clearer. I am comparing both."],
  [
    "Checking the Details",
    "I am going through the names and numbers once more: naïve, 日本語 and 👩‍🚀 have to come out whole.",
  ],
  [
    "Putting it Together",
    "The parts fit. I am now writing them down in the order in which one would want to read them.",
  ],
] as const;
