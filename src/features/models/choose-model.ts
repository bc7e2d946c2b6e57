import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Plan } from "../../generated/prisma/client.ts";
import type { CatalogueModel } from "../../model-catalogue/catalogue.ts";
import { isRetired, resolveModel } from "./resolve-model.ts";

type Choice = Readonly<{
  id: string;
  plan: Plan;
  /** What the argument is called. */
  field?: string;
}>;

/**
 * The model that a user chooses by its id.
 *
 * @throws {DomainError} `MODEL_NOT_ALLOWED` for one that the server does not offer, or the user's plan does not
 *   cover; `MODEL_RETIRED` with `replacedBy` for a retired one
 */
export function chooseModel(
  ctx: Pick<AppContext, "config" | "clock">,
  { id, plan, field = "modelId" }: Choice,
): CatalogueModel {
  const { models } = ctx.config.models;
  const model = models.get(id);
  if (!model) {
    const offered = [...models.values()].filter((each) => !isRetired(ctx, each)).map((each) => each.id);
    throw new DomainError("MODEL_NOT_ALLOWED", `${field}: must be one of ${offered.join(", ")}`, { field });
  }
  if (isRetired(ctx, model)) {
    const replacedBy = model.replacedBy === undefined ? null : resolveModel(ctx, model.replacedBy).id;
    throw new DomainError("MODEL_RETIRED", `${field}: ${id} has retired`, { field, replacedBy });
  }
  return covered(model, plan, field);
}

/**
 * The model that answers when the user chooses no other.
 *
 * @param id the one that was chosen before; null for none
 * @throws {DomainError} `MODEL_NOT_ALLOWED` for one that the user's plan no longer covers
 */
export const keepModel = (
  ctx: Pick<AppContext, "config" | "clock">,
  { id, plan, field = "modelId" }: Readonly<{ id: string | null; plan: Plan; field?: string }>,
): CatalogueModel => covered(resolveModel(ctx, id), plan, field);

function covered(model: CatalogueModel, plan: Plan, field: string): CatalogueModel {
  const { label, plans } = model;
  if (plans.includes(plan)) return model;
  throw new DomainError("MODEL_NOT_ALLOWED", `${field}: ${label} needs the plan ${plans.join(" or ")}`, { field });
}
