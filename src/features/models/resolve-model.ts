import type { AppContext } from "../../app-context.ts";
import type { CatalogueModel } from "../../model-catalogue/catalogue.ts";

type Context = Pick<AppContext, "config" | "clock">;

/** Whether a model has retired. */
export const isRetired = ({ clock }: Pick<AppContext, "clock">, { retiresAt }: CatalogueModel): boolean =>
  retiresAt !== undefined && retiresAt <= clock.now();

/**
 * The model that answers now where this one was chosen. A retired one is answered for by its replacement, a name that the
 * server does not offer by the default of the day.
 *
 * @param id null where none was chosen
 */
export function resolveModel(ctx: Context, id: string | null): CatalogueModel {
  const { models, defaultId } = ctx.config.models;
  const chosen = (id === null ? undefined : successorOf(ctx, id)) ?? successorOf(ctx, defaultId);
  if (chosen) return chosen;
  // The catalogue is checked for a default that stays, or has a replacement that does.
  throw new Error(`none of ${models.size} models replaces the default`);
}

/** The model itself, or the first after it that has not retired. */
function successorOf(ctx: Context, id: string): CatalogueModel | undefined {
  const { models } = ctx.config.models;
  let model = models.get(id);
  while (model && isRetired(ctx, model))
    model = model.replacedBy === undefined ? undefined : models.get(model.replacedBy);
  return model;
}

/** Each id that was ever chosen, as far as it is known, with the id of the model that answers for it now. */
export const resolveAllModels = (ctx: Context): Readonly<Record<string, string>> =>
  Object.fromEntries([...ctx.config.models.models.keys()].map((id) => [id, resolveModel(ctx, id).id]));
