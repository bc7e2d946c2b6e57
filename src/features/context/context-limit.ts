import type { AppContext } from "../../app-context.ts";
import { resolveModel } from "../models/resolve-model.ts";

/** What a prompt may take of what a model reads, so that an estimate which is too low still fits. */
const SHARE = 0.75;

/**
 * The longest prompt that a model is given, in tokens: a share of what it and its fallbacks read, and no more than the
 * operator allows.
 *
 * @param id the model as it was chosen; null for the default of the day
 */
export function contextLimit(ctx: Pick<AppContext, "config" | "clock">, id: string | null): number {
  const { models } = ctx.config.models;
  const model = resolveModel(ctx, id);
  const readers = [model, ...model.fallbacks.flatMap((name) => models.get(name) ?? [])];
  const smallest = Math.min(...readers.map(({ contextTokens }) => contextTokens));
  return Math.min(ctx.config.context.maxTokens, Math.floor(smallest * SHARE));
}
