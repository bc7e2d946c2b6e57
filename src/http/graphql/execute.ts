import { hash } from "node:crypto";
import {
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  Kind,
  OperationTypeNode,
  print,
  printSchema,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type FieldNode,
  type GraphQLField,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from "graphql";
import type { CacheKey } from "../../platform/redis/cache.ts";
import { executeWithin } from "../../graphql/answer-size.ts";
import type { CacheGroup } from "../../graphql/cache-group.ts";
import type { RequestContext } from "../../graphql/context.ts";
import { isKeptFromCache } from "../../graphql/uncacheable.ts";
import { SpanKind, withSpan } from "../../platform/telemetry/tracing.ts";
import { describeOperation } from "./describe-operation.ts";

/**
 * Executes a query or a mutation. The result of a query for one field that states `cacheGroup` comes from Redis, as
 * JSON, if the user asked for it before in the same words; one with errors is not cached.
 */
export function execute(args: ExecutionArgs): ExecutionResult | Promise<ExecutionResult> {
  const { kind = "query", field, operation } = describeOperation(args.document, args.operationName) ?? {};
  const attributes = { "graphql.operation.type": kind, "graphql.operation.name": operation ?? "" };
  const { traceParent } = args.contextValue as RequestContext;
  const options = { kind: SpanKind.SERVER, attributes, parent: traceParent };
  return withSpan(`${kind} ${field ?? ""}`.trimEnd(), options, () => {
    const key = keyOf(args);
    return key ? executeOnce(args, key) : executeWithin(args);
  });
}

async function executeOnce(args: ExecutionArgs, key: CacheKey): Promise<ExecutionResult> {
  const context = args.contextValue as RequestContext;
  const load = async () => {
    const result = await executeWithin(args);
    if (result.errors || isKeptFromCache(context)) throw new Failure(result);
    return JSON.stringify(result);
  };
  try {
    return resultOf(await context.app.cache.read(key, load));
  } catch (error) {
    if (error instanceof Failure) return error.result;
    throw error;
  }
}

class Failure extends Error {
  readonly result: ExecutionResult;

  constructor(result: ExecutionResult) {
    super("a result that is not cached");
    this.result = result;
  }
}

/** Yoga asks `stringify` for the text. */
const resultOf = (json: string): ExecutionResult & { stringify(): string } => ({
  get data() {
    return (JSON.parse(json) as Required<ExecutionResult>).data;
  },
  stringify: () => json,
});

/** The cache key, with everything that the result depends on; null for a result that is not cached. */
function keyOf({ schema, document, operationName, variableValues, contextValue }: ExecutionArgs): CacheKey | null {
  const { viewer } = contextValue as RequestContext;
  const operation = getOperationAST(document, operationName);
  const plan = operation && planOf(schema, document, operation);
  if (!viewer || !plan) return null;
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variableValues ?? {});
  // What does not fit is for the execution to refuse.
  const group = coerced ? plan.cacheGroup(viewer.userId, getArgumentValues(plan.field, plan.node, coerced)) : null;
  return group === null ? null : { group, entry: hash("sha256", plan.name + JSON.stringify(coerced), "base64url") };
}

type Plan = Readonly<{ node: FieldNode; field: GraphQLField<unknown, unknown>; cacheGroup: CacheGroup; name: string }>;

const plans = new WeakMap<OperationDefinitionNode, Plan | null>();

function planOf(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Plan | null {
  let plan = plans.get(operation);
  if (plan === undefined) plans.set(operation, (plan = createPlan(schema, document, operation)));
  return plan;
}

function createPlan(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Plan | null {
  const [node, ...others] = operation.selectionSet.selections;
  if (operation.operation !== OperationTypeNode.QUERY || node?.kind !== Kind.FIELD || others.length > 0) return null;
  const field = schema.getQueryType()?.getFields()[node.name.value];
  const cacheGroup = field?.extensions["cacheGroup"] as CacheGroup | undefined;
  if (!field || !cacheGroup || asksForUncacheable(schema, document)) return null;
  const words = [nameOf(schema), print(document), operation.name?.value];
  return { node, field, cacheGroup, name: hash("sha256", JSON.stringify(words)) };
}

const schemaNames = new WeakMap<GraphQLSchema, string>();

/** Processes with another schema, during a deploy, keep results of their own. */
function nameOf(schema: GraphQLSchema): string {
  const name = schemaNames.get(schema) ?? hash("sha256", printSchema(schema));
  schemaNames.set(schema, name);
  return name;
}

function asksForUncacheable(schema: GraphQLSchema, document: DocumentNode): boolean {
  const types = new TypeInfo(schema);
  let found = false;
  visit(
    document,
    visitWithTypeInfo(types, { Field: () => void (found ||= types.getFieldDef()?.extensions["uncacheable"] === true) }),
  );
  return found;
}
