import type { AppContext } from "../../app-context.ts";
import type { CatalogueModel } from "../../model-catalogue/catalogue.ts";
import { isRetired } from "./resolve-model.ts";

/** The models that can be chosen now, on whichever plan, in the catalogue's order. */
export const listModels = (ctx: Pick<AppContext, "config" | "clock">): CatalogueModel[] =>
  [...ctx.config.models.models.values()].filter((model) => !isRetired(ctx, model));
