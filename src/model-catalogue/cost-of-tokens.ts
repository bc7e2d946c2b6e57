import type { CatalogueModel } from "./catalogue.ts";

/** Micro-units (millionths of the currency) for a million tokens. */
export type Prices = Readonly<Record<"prompt" | "cached" | "reply", number>>;

/** Tokens of a call, as they are billed. */
export type BilledTokens = Readonly<
  Record<"promptTokens" | "cachedTokens" | "thoughtTokens" | "toolTokens" | "replyTokens", number>
>;

const PER_TOKENS = 1_000_000n;

/** The prices of a model that hold at a time. */
export function pricesAt({ id, prices }: Pick<CatalogueModel, "id" | "prices">, time: Date): Prices {
  const held = prices.findLast(({ from }) => from === undefined || from <= time) ?? prices[0];
  if (!held) throw new Error(`${id} has no prices`); // The catalogue is checked for them.
  return held;
}

/**
 * What tokens cost, in micro-units. What a tool gave the model to read costs what the prompt does, and thoughts cost what a
 * reply does. It is computed in whole numbers, and a part of a micro-unit counts as one: the sum of many calls is never less
 * than their price.
 */
export function costOfTokens(tokens: BilledTokens, prices: Prices): bigint {
  const { promptTokens, cachedTokens, thoughtTokens, toolTokens, replyTokens } = tokens;
  const cached = Math.min(cachedTokens, promptTokens);
  const millionths =
    BigInt(promptTokens - cached + toolTokens) * BigInt(prices.prompt) +
    BigInt(cached) * BigInt(prices.cached) +
    BigInt(replyTokens + thoughtTokens) * BigInt(prices.reply);
  return (millionths + PER_TOKENS - 1n) / PER_TOKENS;
}
