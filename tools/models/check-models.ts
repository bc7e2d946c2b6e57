import { GoogleGenAI, type Model, type Pager } from "@google/genai";
import type { CatalogueModel, ModelCatalogue } from "../../src/model-catalogue/catalogue.ts";

export type ApiAddress = Readonly<{ apiKey: string; baseUrl?: string | undefined }>;

export type CheckedModels = Readonly<{
  /** Where the catalogue says something else than the API, one line each. */
  differences: readonly string[];
  /** What is worth knowing, and no fault. */
  notes: readonly string[];
}>;

const PAGE_SIZE = 100;
const MAX_PAGES = 20;
const TIMEOUT_MS = 30_000;
const DAY_MS = 86_400_000;
/** A retirement is announced this many days ahead. */
const SOON_DAYS = 60;

/**
 * Compares the catalogue with the models that Google's API lists.
 *
 * @throws what the SDK throws: a refused key, an API that cannot be reached
 */
export async function checkModels(api: ApiAddress, { models }: ModelCatalogue, now: Date): Promise<CheckedModels> {
  const listed = await listModels(api);
  const isOver = ({ retiresAt }: CatalogueModel): boolean => retiresAt !== undefined && retiresAt <= now;
  const asked = [...models.values()].filter((model) => !isOver(model));
  return {
    differences: asked.flatMap((model) => compare(model, listed.get(model.id))),
    notes: [
      ...asked.flatMap((model) => announceRetirement(model, now)),
      ...[...listed].flatMap(([id, { supportedActions }]) =>
        models.has(id) || !supportedActions?.includes("generateContent") ? [] : [`${id}: is not in the catalogue`],
      ),
    ],
  };
}

/** All models that the API lists, by their ids. */
async function listModels({ apiKey, baseUrl }: ApiAddress): Promise<Map<string, Model>> {
  const httpOptions = { timeout: TIMEOUT_MS, ...(baseUrl !== undefined && { baseUrl }) };
  const { models } = new GoogleGenAI({ apiKey, vertexai: false, apiVersion: "v1beta", httpOptions });
  const pager: Pager<Model> = await models.list({ config: { pageSize: PAGE_SIZE } });
  const found = [...pager.page];
  for (let pages = 1; pager.hasNextPage(); pages += 1) {
    if (pages === MAX_PAGES) throw new Error(`the API lists more than ${MAX_PAGES} pages of models`);
    found.push(...(await pager.nextPage()));
  }
  return new Map(found.map((model) => [(model.name ?? "").replace(/^models\//, ""), model]));
}

function compare(model: CatalogueModel, listed: Model | undefined): string[] {
  const { id, contextTokens, maxReplyTokens } = model;
  if (!listed) return [`${id}: the API does not list it`];
  const { inputTokenLimit, outputTokenLimit } = listed;
  return [
    ...(contextTokens === (inputTokenLimit ?? contextTokens)
      ? []
      : [`${id}: contextTokens is ${contextTokens}, the API says ${inputTokenLimit}`]),
    ...(maxReplyTokens === (outputTokenLimit ?? maxReplyTokens)
      ? []
      : [`${id}: maxReplyTokens is ${maxReplyTokens}, the API says ${outputTokenLimit}`]),
  ];
}

function announceRetirement({ id, retiresAt, replacedBy }: CatalogueModel, now: Date): string[] {
  const days = retiresAt === undefined ? Number.POSITIVE_INFINITY : (retiresAt.getTime() - now.getTime()) / DAY_MS;
  if (retiresAt === undefined || days > SOON_DAYS) return [];
  const date = retiresAt.toISOString().slice(0, 10);
  return [`${id}: retires on ${date}, in ${Math.ceil(days)} days; then ${replacedBy ?? "the default"} answers`];
}
