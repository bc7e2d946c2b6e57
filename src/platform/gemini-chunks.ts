import type { Content } from "@google/genai";
import type { GeminiEvent } from "./gemini-events.ts";
import type { Finish, Turn } from "./model.ts";

export type TokenCounts = { promptTokens?: number; replyTokens?: number };

/** Finish reasons by which Gemini withholds (the rest of) a reply. */
const BLOCKING: ReadonlySet<string> = new Set([
  "SAFETY",
  "RECITATION",
  "PROHIBITED_CONTENT",
  "BLOCKLIST",
  "SPII",
  "LANGUAGE",
  "IMAGE_SAFETY",
  "IMAGE_PROHIBITED_CONTENT",
  "IMAGE_RECITATION",
]);

/**
 * Why the reply ended, if this event says so. A refused prompt and a withheld reply are `blocked`; every other word is
 * `complete`, also those that are new or odd (OTHER, MALFORMED_FUNCTION_CALL): with text they end a reply that can be
 * read, and without text the reply fails as empty.
 */
export function readFinish(event: GeminiEvent): Finish | undefined {
  const blockReason = event.promptFeedback?.blockReason;
  if (blockReason) return { reason: blockReason, outcome: "blocked" };
  const reason: string | undefined = event.candidates?.[0]?.finishReason;
  if (!reason || reason === "FINISH_REASON_UNSPECIFIED") return undefined;
  return { reason, outcome: BLOCKING.has(reason) ? "blocked" : "complete" };
}

/** The event's text without the model's thoughts. */
export function readText(event: GeminiEvent): string {
  const parts = event.candidates?.[0]?.content?.parts ?? [];
  return parts.map((part) => (part.thought ? "" : (part.text ?? ""))).join("");
}

/** The token counts that the event carries. A reply's count leaves out what the model thought. */
export function readUsage(event: GeminiEvent): TokenCounts {
  const { promptTokenCount, candidatesTokenCount } = event.usageMetadata ?? {};
  return {
    ...(promptTokenCount === undefined ? {} : { promptTokens: promptTokenCount }),
    ...(candidatesTokenCount === undefined ? {} : { replyTokens: candidatesTokenCount }),
  };
}

/**
 * The turns as Gemini takes them. A turn without text is left out: Gemini refuses it, and a reply that was stopped before
 * its first word is one.
 */
export function toContents(turns: readonly Turn[]): Content[] {
  return turns
    .filter(({ text }) => text !== "")
    .map(({ role, text }) => ({ role: role === "assistant" ? "model" : "user", parts: [{ text }] }));
}
