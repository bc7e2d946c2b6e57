import { z } from "zod";
import { DomainError } from "../../errors.ts";
import { THINKING_LEVELS, type CatalogueModel, type ThinkingLevel } from "../../model-catalogue/catalogue.ts";

/** What a model is asked for beside the conversation. */
export type RoomSettings = Readonly<{
  /** Null for what the model does by itself. */
  thinking: ThinkingLevel | null;
  showThoughts: boolean;
  search: boolean;
  codeExecution: boolean;
  /** Null for the model's own limit. */
  maxReplyTokens: number | null;
}>;

const DEFAULTS: RoomSettings = {
  thinking: null,
  showThoughts: false,
  search: false,
  codeExecution: false,
  maxReplyTokens: null,
};

/** Settings as a client gives them: what it leaves out stays, null means the default. */
export const SettingsInput = z.object({
  thinking: z.enum(THINKING_LEVELS).nullish(),
  showThoughts: z.boolean().nullish(),
  search: z.boolean().nullish(),
  codeExecution: z.boolean().nullish(),
  maxReplyTokens: z.int("must be a whole number").min(1, "must be at least 1").nullish(),
});
export type SettingsInput = z.output<typeof SettingsInput>;

const Stored = z.object({
  thinking: z.enum(THINKING_LEVELS).nullable().catch(DEFAULTS.thinking),
  showThoughts: z.boolean().catch(DEFAULTS.showThoughts),
  search: z.boolean().catch(DEFAULTS.search),
  codeExecution: z.boolean().catch(DEFAULTS.codeExecution),
  maxReplyTokens: z.int().min(1).nullable().catch(DEFAULTS.maxReplyTokens),
});

/** Settings as they were stored. What another version has stored, and this one does not know, is the default. */
export const readSettings = (stored: unknown): RoomSettings => Stored.catch(DEFAULTS).parse(stored);

/** The settings with some of them changed. */
export function changeSettings(settings: RoomSettings, changes: SettingsInput = {}): RoomSettings {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  return readSettings({ ...settings, ...Object.fromEntries(given.map(([name, value]) => [name, value ?? undefined])) });
}

/**
 * @param names the settings to look at; all of them by default
 * @throws {DomainError} `UNSUPPORTED` with the `field` of the first setting that the model lacks
 */
export function assertSupported(
  model: CatalogueModel,
  settings: RoomSettings,
  names: readonly string[] = Object.keys(settings),
): void {
  const fitting = fitSettings(model, settings);
  for (const [name, value] of Object.entries(settings)) {
    if (!names.includes(name) || fitting[name as keyof RoomSettings] === value) continue;
    const field = `settings.${name}`;
    throw new DomainError("UNSUPPORTED", `${field}: ${model.label} does not have ${String(value)}`, { field });
  }
}

/** The settings as far as a model has them, which may be another than the one they were chosen for. */
export function fitSettings(model: CatalogueModel, settings: RoomSettings): RoomSettings {
  const { thinkingLevels, tools, maxReplyTokens } = model;
  return {
    thinking: settings.thinking && nearestLevel(thinkingLevels, settings.thinking),
    showThoughts: settings.showThoughts && thinkingLevels.length > 0,
    search: settings.search && tools.includes("SEARCH"),
    codeExecution: settings.codeExecution && tools.includes("CODE_EXECUTION"),
    maxReplyTokens: settings.maxReplyTokens && Math.min(settings.maxReplyTokens, maxReplyTokens),
  };
}

/** The level itself, or else the highest below it, or else the lowest. */
function nearestLevel(levels: readonly ThinkingLevel[], wanted: ThinkingLevel): ThinkingLevel | null {
  const sorted = THINKING_LEVELS.filter((level) => levels.includes(level));
  const below = sorted.filter((level) => THINKING_LEVELS.indexOf(level) <= THINKING_LEVELS.indexOf(wanted));
  return below.at(-1) ?? sorted[0] ?? null;
}
