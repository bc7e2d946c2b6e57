import type { AppContext } from "../../app-context.ts";
import { DomainError } from "../../errors.ts";
import type { Plan } from "../../generated/prisma/client.ts";
import type { CatalogueModel } from "../../model-catalogue/catalogue.ts";
import { isRetired, resolveModel } from "./resolve-model.ts";

type Choice = Readonly<{
  id: string;
  plan: Plan;
  /** What the argument is called. */
  field: string;
}>;

/**
 * The model that a user asks for by its id.
 *
 * @throws {DomainError} `MODEL_NOT_ALLOWED` for one that the server does not offer, or the user's plan does not cover;
 *   `MODEL_RETIRED` with `replacedBy` for one that is asked nothing any more
 */
export function chooseModel(ctx: Pick<AppContext, "config" | "clock">, { id, plan, field }: Choice): CatalogueModel {
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
  assertCovered(model, plan, field);
  return model;
}

/** @throws {DomainError} `MODEL_NOT_ALLOWED` for a model that the plan does not cover */
function assertCovered({ label, plans }: CatalogueModel, plan: Plan, field: string): void {
  if (plans.includes(plan)) return;
  throw new DomainError("MODEL_NOT_ALLOWED", `${field}: ${label} needs the plan ${plans.join(" or ")}`, { field });
}
