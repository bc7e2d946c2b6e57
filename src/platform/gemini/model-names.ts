import { DomainError } from "../../errors.ts";

/** The models that rooms may name, and the one that answers where none is named. The default is always one of them. */
export type ModelNames = Readonly<{ model: string; models: readonly string[] }>;

/**
 * The model that answers now: the one that is named, or the default of the day for a room without a model of its own, and
 * for a name that was allowed once and is not any more.
 */
export function resolveModel({ model, models }: ModelNames, name: string | null): string {
  return name !== null && models.includes(name) ? name : model;
}

/** @throws {DomainError} `MODEL_NOT_ALLOWED` with the `field` that names another model than those in the settings */
export function assertModelAllowed({ models }: ModelNames, name: string, field: string): void {
  if (models.includes(name)) return;
  throw new DomainError("MODEL_NOT_ALLOWED", `${field}: must be one of ${models.join(", ")}`, { field });
}
