export const THINKING_LEVELS = ["MINIMAL", "LOW", "MEDIUM", "HIGH"] as const;
export type ThinkingLevel = (typeof THINKING_LEVELS)[number];

/** What the fake knows of a model, as of November 2026 (https://ai.google.dev/gemini-api/docs/models, …/thinking). */
type KnownModel = Readonly<{
  displayName: string;
  /** Empty for a model that takes a `thinkingBudget` only. */
  levels: readonly ThinkingLevel[];
  /** How it thinks by default; `MINIMAL` is hardly at all. */
  level: ThinkingLevel;
}>;

/**
 * Whether the model goes on from a turn of its own at the end of a request. Those since July 2026 answer 400; what others have
 * reported of them names 3.5 Flash-Lite, 3.7 Flash and 3.8 Flash.
 */
export const takesOwnTurn = (id: string): boolean => !/^gemini-(?:3\.5-flash-lite|3\.[6-9]|[4-9])/.test(id);

const FROM_LOW = ["LOW", "MEDIUM", "HIGH"] as const;

/** The models that the fake lists, newest first; it answers for every `gemini-…` and `gemma-…` name. */
const LISTED: ReadonlyMap<string, KnownModel> = new Map<string, KnownModel>([
  ["gemini-3.8-flash", { displayName: "Gemini 3.8 Flash", levels: FROM_LOW, level: "MEDIUM" }],
  ["gemini-3.7-flash", { displayName: "Gemini 3.7 Flash", levels: FROM_LOW, level: "MEDIUM" }],
  ["gemini-3.6-flash", { displayName: "Gemini 3.6 Flash", levels: THINKING_LEVELS, level: "MEDIUM" }],
  ["gemini-3.5-flash", { displayName: "Gemini 3.5 Flash", levels: THINKING_LEVELS, level: "MEDIUM" }],
  ["gemini-3.5-flash-lite", { displayName: "Gemini 3.5 Flash-Lite", levels: THINKING_LEVELS, level: "MINIMAL" }],
  ["gemini-3.1-flash-lite", { displayName: "Gemini 3.1 Flash-Lite", levels: THINKING_LEVELS, level: "MINIMAL" }],
  ["gemini-3.1-pro-preview", { displayName: "Gemini 3.1 Pro Preview", levels: FROM_LOW, level: "HIGH" }],
  ["gemini-2.5-pro", { displayName: "Gemini 2.5 Pro", levels: [], level: "MINIMAL" }],
  ["gemini-2.5-flash", { displayName: "Gemini 2.5 Flash", levels: [], level: "MINIMAL" }],
]);

/** What a name that is not listed is taken for. */
const UNLISTED = { levels: THINKING_LEVELS, level: "MEDIUM" } as const;
const UNLISTED_BEFORE_3 = { levels: [], level: "MINIMAL" } as const;

const INPUT_TOKEN_LIMIT = 1_048_576;
const OUTPUT_TOKEN_LIMIT = 65_536;

/** The thinking levels that a model takes, and its own. */
export function thinkingOf(id: string): Pick<KnownModel, "levels" | "level"> {
  return LISTED.get(id) ?? (signs(id) ? UNLISTED : UNLISTED_BEFORE_3);
}

/** Whether the model signs its turns: all do from the third generation on, also those that hardly think. */
export function signs(id: string): boolean {
  return Number(/^gemini-(\d+)/.exec(id)?.[1] ?? 0) >= 3;
}

/**
 * The models that understand each other's signatures. Google does not say how far that goes; the fake takes a name
 * without its version and preview for another model, and the same generation and size for the same family.
 */
export function familyOf(id: string): string {
  return /^(?:gemini|gemma)-\d+(?:\.\d+)?(?:-(?:pro|flash-lite|flash))?/.exec(id)?.[0] ?? id;
}

/** The answer to `GET /models`, a page of it; `has` leaves out what is retired. */
export function modelList(page: { size: number; token: string | null }, has: (id: string) => boolean) {
  const ids = [...LISTED.keys()].filter(has);
  const start = Number(page.token ?? 0);
  const end = start + page.size;
  return {
    models: ids.slice(start, end).map((id) => describeModel(id)),
    ...(end < ids.length ? { nextPageToken: String(end) } : {}),
  };
}

/** One model, or undefined for a name that the real service would not know either. */
export function describeModel(id: string) {
  if (!/^(gemini|gemma)-[\w.-]+$/.test(id)) return undefined;
  return {
    name: `models/${id}`,
    version: "001",
    displayName: LISTED.get(id)?.displayName ?? id,
    description: "Colloquy's local fake; nothing leaves this machine.",
    inputTokenLimit: INPUT_TOKEN_LIMIT,
    outputTokenLimit: OUTPUT_TOKEN_LIMIT,
    supportedGenerationMethods: ["generateContent", "countTokens", "createCachedContent", "batchGenerateContent"],
    temperature: 1,
    topP: 0.95,
    topK: 64,
    maxTemperature: 2,
    thinking: true,
  };
}
