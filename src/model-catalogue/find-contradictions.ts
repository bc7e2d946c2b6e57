import { PLANS, type ModelInFile } from "./catalogue.ts";

/**
 * What each model of a file allows alone, but not together with the others.
 *
 * @param defaultId the model that answers where none is chosen, if there is one
 * @returns a line for each fault
 */
export function findContradictions(models: readonly ModelInFile[], defaultId: string | undefined): string[] {
  const byId = new Map(models.map((model) => [model.id, model]));
  return [
    ...models.flatMap(({ id }, at) =>
      models.findIndex((each) => each.id === id) < at ? [`${id}: stands there twice`] : [],
    ),
    ...models.flatMap((model) => [...findWrongReferences(model, byId), ...findWrongPrices(model)]),
    ...findCircles(models, "replacedBy", ({ replacedBy }) => (replacedBy === undefined ? [] : [replacedBy])),
    ...findCircles(models, "fallbacks", ({ fallbacks = [] }) => fallbacks),
    ...findWrongDefault(models, byId, defaultId),
  ];
}

type ById = ReadonlyMap<string, ModelInFile>;

function findWrongReferences(model: ModelInFile, byId: ById): string[] {
  const { id, replacedBy, fallbacks = [] } = model;
  const named = [
    ...(replacedBy === undefined ? [] : [["replacedBy", replacedBy] as const]),
    ...fallbacks.map((name) => ["fallbacks", name] as const),
  ];
  return named.flatMap(([field, name]) => {
    const other = byId.get(name);
    if (!other) return [`${id}: ${field}: there is no model ${name}`];
    const uncovered = model.plans.filter((plan) => !other.plans.includes(plan));
    return uncovered.map((plan) => `${id}: ${field}: ${name} is not in the plan ${plan}, which covers ${id}`);
  });
}

function findWrongPrices({ id, prices }: ModelInFile): string[] {
  return prices.flatMap(({ from }, at) => {
    const before = prices[at - 1]?.from;
    if (at === 0) return from ? [`${id}: prices: the first must hold since ever, without "from"`] : [];
    return from && (!before || before < from) ? [] : [`${id}: prices: each must begin later than the one before`];
  });
}

/** Each circle is named by the first of its models. */
function findCircles(
  models: readonly ModelInFile[],
  field: string,
  next: (model: ModelInFile) => readonly string[],
): string[] {
  const byId = new Map(models.map((model) => [model.id, model]));
  const inCircle = new Set<string>();
  const reaches = (from: string, to: string, seen = new Set<string>()): boolean => {
    const model = byId.get(from);
    if (!model || seen.has(from)) return false;
    seen.add(from);
    return next(model).some((name) => name === to || reaches(name, to, seen));
  };
  return models.flatMap(({ id }) => {
    if (inCircle.has(id) || !reaches(id, id)) return [];
    for (const other of models) if (reaches(id, other.id) && reaches(other.id, id)) inCircle.add(other.id);
    return [`${id}: ${field}: leads back to ${id}`];
  });
}

function findWrongDefault(models: readonly ModelInFile[], byId: ById, defaultId: string | undefined): string[] {
  const named = models.filter((model) => model.default).map(({ id }) => id);
  const model = defaultId === undefined ? undefined : byId.get(defaultId);
  const uncovered = PLANS.filter((plan) => model && !model.plans.includes(plan));
  return [
    ...(named.length === 0 ? [`no model says "default": true`] : []),
    ...(named.length > 1 ? [`more than one default: ${named.join(", ")}`] : []),
    ...uncovered.map((plan) => `${defaultId}: is the default, and not in the plan ${plan}`),
    ...(model && !outlives(model, byId)
      ? [`${defaultId}: is the default, and retires without a replacement that stays`]
      : []),
  ];
}

/** Whether a model stays, or what replaces it does. */
function outlives({ retiresAt, replacedBy }: ModelInFile, byId: ById, steps = byId.size): boolean {
  if (retiresAt === undefined) return true;
  const next = replacedBy === undefined ? undefined : byId.get(replacedBy);
  return next !== undefined && steps > 0 && outlives(next, byId, steps - 1);
}
