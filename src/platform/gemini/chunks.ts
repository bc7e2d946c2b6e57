import type { Content, Part } from "@google/genai";
import type { GeminiEvent } from "./events.ts";
import type { Finish, TokenCounts, Turn, TurnPart } from "./model.ts";
import { familyOf } from "./signatures.ts";
import { toStorable } from "../text/text.ts";

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

/** Of the word for why the reply ended, in UTF-16 code units; Gemini's longest have some 30. */
const MAX_REASON_LENGTH = 64;

/** Tokens of a prompt or a reply, ten times what the largest model reads: more is no count. */
const MAX_TOKEN_COUNT = 20_000_000;

/**
 * Why the reply ended, if this event says so. A refused prompt and a withheld reply are `blocked`; every other word is
 * `complete`, also those that are new or odd (OTHER, MALFORMED_FUNCTION_CALL): with text they end a reply that can be
 * read, and without text the reply fails as empty.
 */
export function readFinish(event: GeminiEvent): Finish | undefined {
  const { blockReason } = fieldsOf<"blockReason">(event.promptFeedback);
  if (blockReason) return { reason: toReason(blockReason), outcome: "blocked" };
  const { finishReason } = candidateOf(event);
  if (!finishReason || finishReason === "FINISH_REASON_UNSPECIFIED") return undefined;
  const reason = toReason(finishReason);
  return { reason, outcome: BLOCKING.has(reason.toUpperCase()) ? "blocked" : "complete" };
}

/** The parts of the reply that the event brings, whatever they are. */
export function readParts(event: GeminiEvent): unknown[] {
  const { parts } = fieldsOf<"parts">(candidateOf(event).content);
  const list: readonly unknown[] = Array.isArray(parts) ? parts : [parts];
  return list.filter((part) => part !== undefined && part !== null);
}

/** Gemini's names of the counts (https://ai.google.dev/api/generate-content#UsageMetadata). */
const COUNTS = [
  ["promptTokens", "promptTokenCount"],
  ["cachedTokens", "cachedContentTokenCount"],
  ["replyTokens", "candidatesTokenCount"],
  ["thoughtTokens", "thoughtsTokenCount"],
  ["toolTokens", "toolUsePromptTokenCount"],
] as const satisfies readonly (readonly [keyof TokenCounts, string])[];

/** The token counts so far, with those that the event carries; what is no such count is left out. */
export function readUsage({ usageMetadata }: GeminiEvent, before: TokenCounts = {}): TokenCounts {
  if (usageMetadata === undefined) return before;
  const usage = fieldsOf(usageMetadata);
  const counts: { -readonly [Name in keyof TokenCounts]: TokenCounts[Name] } = { ...before };
  for (const [name, field] of COUNTS) {
    const count = toCount(usage[field]);
    if (count !== undefined) counts[name] = count;
  }
  return counts;
}

/** The one reply that an event is about. */
export function candidateOf({ candidates }: GeminiEvent) {
  return fieldsOf<"content" | "finishReason">(Array.isArray(candidates) ? candidates[0] : candidates);
}

/** The value's fields, of which it may have none. */
export function fieldsOf<Name extends string>(value: unknown): Readonly<Partial<Record<Name, unknown>>> {
  const fields: object = typeof value === "object" && value !== null ? value : {};
  return fields as Readonly<Partial<Record<Name, unknown>>>;
}

function toReason(value: unknown): string {
  const word = typeof value === "string" || typeof value === "number" ? String(value) : "";
  return toStorable(word.trim().slice(0, MAX_REASON_LENGTH)) || "OTHER";
}

/** A whole number, also as text, in which JSON may write it (https://protobuf.dev/programming-guides/json/). */
function toCount(value: unknown): number | undefined {
  const count = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof count !== "number" || !Number.isInteger(count)) return undefined;
  return count >= 0 && count <= MAX_TOKEN_COUNT ? count : undefined;
}

/**
 * The turns as Gemini takes them. A turn without text is left out: Gemini refuses it, and a reply that was stopped before
 * its first word is one.
 *
 * @param model whose own family gets back what it signed
 */
export function toContents(turns: readonly Turn[], model: string): Content[] {
  return turns
    .filter(({ text }) => text !== "")
    .map(({ role, text, signed }) => ({
      role: role === "assistant" ? "model" : "user",
      parts: signed && familyOf(signed.model) === familyOf(model) ? signed.parts.map(toPart) : [{ text }],
    }));
}

function toPart(part: TurnPart): Part {
  const signed = part.signature === undefined ? {} : { thoughtSignature: part.signature };
  return Object.assign(contentOf(part), signed);
}

/** The words of the API go back as they came, also those that the SDK does not know. */
function contentOf(part: TurnPart): object {
  switch (part.kind) {
    case "TEXT":
      return { text: part.text };
    case "CODE":
      return { executableCode: { language: part.language, code: part.code } };
    case "CODE_RESULT":
      return { codeExecutionResult: { outcome: part.outcome, output: part.output } };
  }
}
