import type { AppContext } from "../../app-context.ts";
import { PLANS, type CatalogueModel } from "../../model-catalogue/catalogue.ts";
import { costOfTokens, pricesAt } from "../../model-catalogue/cost-of-tokens.ts";
import { listModels } from "./list-models.ts";
import { resolveModel } from "./resolve-model.ts";

/** What a small call takes, in tokens: models are compared by its price. */
const SMALL_CALL = { promptTokens: 1_000, cachedTokens: 0, toolTokens: 0, thoughtTokens: 0, replyTokens: 100 };

/**
 * The model for what the operator asks, beside the replies.
 *
 * @param id as the settings name it; without it the cheapest model of today that every plan covers
 */
export function operatorModel(ctx: Pick<AppContext, "config" | "clock">, id: string | undefined): CatalogueModel {
  if (id !== undefined) return resolveModel(ctx, id);
  const now = ctx.clock.now();
  const priceOf = (model: CatalogueModel) => Number(costOfTokens(SMALL_CALL, pricesAt(model, now)));
  const [cheapest] = listModels(ctx)
    .filter(({ plans }) => PLANS.every((plan) => plans.includes(plan)))
    .toSorted((one, other) => priceOf(one) - priceOf(other));
  return cheapest ?? resolveModel(ctx, null);
}
