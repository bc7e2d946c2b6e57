import { readFileSync } from "node:fs";
import type { z } from "zod";
import defaultModels from "./default-models.json" with { type: "json" };
import { ModelsFile, type CatalogueModel, type ModelCatalogue, type ModelInFile } from "./catalogue.ts";
import { findContradictions } from "./find-contradictions.ts";

export type CatalogueSettings = Readonly<{
  /** Path of a JSON file; without it the catalogue in the source holds. */
  file?: string | undefined;
  /** The model that answers where none is chosen; without it the file's own default. */
  defaultId?: string | undefined;
  /** The models of the file that are offered; without it all of them. */
  offered?: readonly string[] | undefined;
}>;

/** The faults of a catalogue, a line each. */
export type CatalogueFaults = Readonly<{ faults: readonly string[] }>;

/** Reads the catalogue of models, and checks it as a whole. */
export function readCatalogue({ file, defaultId, offered }: CatalogueSettings): ModelCatalogue | CatalogueFaults {
  const source = file === undefined ? "the default catalogue" : "MODELS_FILE";
  const content = file === undefined ? defaultModels : readJson(file);
  if (content === undefined) return { faults: [`${source}: cannot be read as JSON`] };
  const { success, data, error } = ModelsFile.safeParse(content);
  if (!success) return { faults: error.issues.map((issue) => `${source}: ${describe(issue, content)}`) };

  const { models } = data;
  const ids = new Set(models.map(({ id }) => id));
  const chosen = defaultId ?? models.find((model) => model.default)?.id;
  const faults = [
    ...findContradictions(models, chosen).map((fault) => `${source}: ${fault}`),
    ...(defaultId === undefined || ids.has(defaultId) ? [] : [`GEMINI_MODEL: there is no ${defaultId} in ${source}`]),
    ...(offered ?? []).flatMap((id) => (ids.has(id) ? [] : [`GEMINI_MODELS: there is no ${id} in ${source}`])),
  ];
  if (faults.length > 0 || chosen === undefined) return { faults };
  return { defaultId: chosen, models: offer(models, chosen, offered) };
}

/** Whatever is not offered is not there, nor does it replace another; the default stays with what replaces it. */
function offer(
  models: readonly ModelInFile[],
  defaultId: string,
  offered: readonly string[] = models.map(({ id }) => id),
): ReadonlyMap<string, CatalogueModel> {
  const byId = new Map(models.map((model) => [model.id, model]));
  const kept = new Set(offered);
  for (let id: string | undefined = defaultId; id !== undefined; id = byId.get(id)?.replacedBy) kept.add(id);
  const sorted = models.filter(({ id }) => kept.has(id)).toSorted((a, b) => a.order - b.order);
  return new Map(
    sorted.map(({ replacedBy, fallbacks = [], ...model }) => [
      model.id,
      {
        ...model,
        ...(replacedBy !== undefined && kept.has(replacedBy) && { replacedBy }),
        fallbacks: fallbacks.filter((id) => kept.has(id)),
      },
    ]),
  );
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as unknown;
  } catch {
    return undefined;
  }
}

/** Names the model by its id, as far as it has one. */
function describe({ path, message }: z.core.$ZodIssue, content: unknown): string {
  const [list, at, ...rest] = path;
  if (list !== "models" || typeof at !== "number") return [path.join("."), message].filter(Boolean).join(": ");
  const { id } = (content as { models: { id?: unknown }[] }).models[at] ?? {};
  const model = typeof id === "string" && id !== "" ? id : `models[${at}]`;
  return [model, rest.join("."), message].filter(Boolean).join(": ");
}
