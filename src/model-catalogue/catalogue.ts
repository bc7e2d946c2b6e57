import { z } from "zod";

/** As Google's API names them. */
export const THINKING_LEVELS = ["MINIMAL", "LOW", "MEDIUM", "HIGH"] as const;
const MODEL_TOOLS = ["SEARCH", "URL_CONTEXT", "CODE_EXECUTION"] as const;
export const PLANS = ["BASIC", "PRO"] as const;
const MEDIA = ["IMAGE", "AUDIO", "VIDEO", "PDF"] as const;
const CONTINUATIONS = ["PREFILL", "PROMPT", "NONE"] as const;

export type ThinkingLevel = (typeof THINKING_LEVELS)[number];

export const MODEL_NAME = /^[a-zA-Z0-9._-]{1,100}$/;
const MAX_MODELS = 200;
const MAX_TOKENS = 100_000_000;

export const ModelId = z.string().regex(MODEL_NAME, "must be the name of a model, such as gemini-3.5-flash-lite");
const Day = z.iso.date("must be a date such as 2026-12-01").transform((text) => new Date(text));
const Tokens = z.int().min(1).max(MAX_TOKENS);
/** Micro-units (millionths of the currency) for a million tokens. */
const Price = z.int().min(0).max(1_000_000_000_000);

const unique = <Item extends z.ZodType>(item: Item) =>
  z.array(item).refine((all) => new Set(all).size === all.length, "must name each only once");

const Prices = z.strictObject({
  /** The first day, in UTC, on which they hold; without it, since ever. */
  from: Day.optional(),
  prompt: Price,
  /** For the part of the prompt that the provider had cached. */
  cached: Price,
  /** For replies and thoughts, which cost the same. */
  reply: Price,
});

const Model = z.strictObject({
  /** As the provider's API names it. */
  id: ModelId,
  label: z.string().trim().min(1).max(100),
  description: z.string().trim().min(1).max(500).optional(),
  /** Whether it answers in rooms that choose no model: of exactly one. */
  default: z.literal(true).optional(),
  contextTokens: Tokens,
  maxReplyTokens: Tokens,
  /** Empty for a model that takes no level. */
  thinkingLevels: unique(z.enum(THINKING_LEVELS)),
  tools: unique(z.enum(MODEL_TOOLS)),
  /** What it reads besides text. */
  media: unique(z.enum(MEDIA)),
  /** The plans that cover it. */
  plans: unique(z.enum(PLANS)).refine((all) => all.length > 0, "must name a plan"),
  /** Lists are in this order, the smallest first. */
  order: z.int(),
  /** How long it may be silent before the first text. */
  firstTokenSeconds: z.int().min(1).max(300).optional(),
  /** How it goes on with a reply that broke off: from a request that ends with its own turn, when it is asked to, or not. */
  continuation: z.enum(CONTINUATIONS).default("PROMPT"),
  /** From this day on, in UTC, the model is not used. */
  retiresAt: Day.optional(),
  replacedBy: ModelId.optional(),
  /** Used instead while it is out of order, in this order. */
  fallbacks: unique(ModelId).optional(),
  /** The oldest first. */
  prices: z.array(Prices).min(1),
});

export const ModelsFile = z.strictObject({ models: z.array(Model).min(1).max(MAX_MODELS) });

export type ModelInFile = z.output<typeof Model>;

/** A model that rooms may choose, or could once. */
export type CatalogueModel = Readonly<ModelInFile & { fallbacks: readonly string[] }>;

/** The models that the server offers, and the one that answers in rooms that choose none. */
export type ModelCatalogue = Readonly<{ defaultId: string; models: ReadonlyMap<string, CatalogueModel> }>;
