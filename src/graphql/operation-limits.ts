import type { FieldComplexityValue } from "@pothos/plugin-complexity";
import { complexityFromQuery } from "@pothos/plugin-complexity";
import {
  getNamedType,
  getNullableType,
  getOperationAST,
  isListType,
  Kind,
  type ExecutionArgs,
  type GraphQLOutputType,
  type OperationDefinitionNode,
} from "graphql";
import { DomainError } from "../errors.ts";

/** Entries of a connection that nobody asked a size of, and the most that anybody gets. */
export const PAGE = { default: 20, max: 100 };

/**
 * What one operation may ask for. Depth and breadth are those of its selections, the cost is about the number of values
 * in the largest answer, in which a long text counts as four. Measured, each with `__typename` in every selection as Apollo and urql send it:
 *
 *     a page of 50 rooms                            depth 4   breadth 15   cost    401
 *     a room with 100 messages and all their fields       6           33         2,505
 *     20 rooms with 20 messages and all their fields      8           43        10,161
 *     50 rooms with 20 messages of five fields            7           32        14,401   some 80 ms
 *     100 rooms with 100 messages                         7           13        60,601   refused
 */
const LIMITS = { depth: 12, breadth: 150, complexity: 15_000 } as const;

/** What a text of up to thousands of characters costs: as much as four of the values that are a word or a number. */
export const LONG_TEXT = 4;

/** Entries that a list without pages is taken to have. */
const LIST_LENGTH = 10;

/**
 * What a field costs: itself, and what is selected below it as many times as it can have entries. The schema gives
 * each of its fields this, for `assertWithinLimits` to add up.
 */
export function costOf(
  args: { first?: unknown; last?: unknown },
  field: { name: string; type: GraphQLOutputType },
): FieldComplexityValue {
  // Only once in a page, which is too little to count for each entry.
  if (field.name === "pageInfo") return { field: 0, multiplier: 0 };
  if (getNamedType(field.type).name.endsWith("Connection")) return { field: 1, multiplier: pageSize(args) };
  // Its connection has counted the entries.
  if (field.name === "edges") return { field: 1, multiplier: 1 };
  return { field: 1, multiplier: isListType(getNullableType(field.type)) ? LIST_LENGTH : 1 };
}

function pageSize({ first, last }: { first?: unknown; last?: unknown }): number {
  return Math.min(Math.max(Number(first ?? 0), Number(last ?? 0), 0) || PAGE.default, PAGE.max);
}

/** Longest shape that is remembered, in UTF-16 code units. */
const MAX_SHAPE_LENGTH = 256;

/** The shape of the variables with which an operation passed the last time. */
const passed = new WeakMap<OperationDefinitionNode, string>();

/**
 * Looks at an operation before anything of it is run. One that passed the last time with such variables passes again: what a
 * field costs depends on numbers and on the lengths of lists, never on a text. The execution refuses what does not fit.
 *
 * @throws {DomainError} `OPERATION_TOO_COMPLEX`
 * @throws {GraphQLError} for variables and arguments that do not fit, without which its size is not known
 */
export function assertWithinLimits(args: ExecutionArgs): void {
  const { schema, document, operationName, variableValues, contextValue } = args;
  const operation = getOperationAST(document, operationName);
  const shape = shapeOf(variableValues);
  if (operation && passed.get(operation) === shape) return;
  const definitions = document.definitions.filter(
    (definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION || !operationName || nameOf(definition) === operationName,
  );
  const cost = complexityFromQuery(
    { kind: Kind.DOCUMENT, definitions },
    { schema, ctx: contextValue as object, variables: { ...variableValues } },
  );
  for (const measure of ["depth", "breadth", "complexity"] as const) {
    if (cost[measure] <= LIMITS[measure]) continue;
    const message = `The operation has a ${measure} of ${cost[measure]}, and ${LIMITS[measure]} is the limit.`;
    throw new DomainError("OPERATION_TOO_COMPLEX", message);
  }
  if (operation && shape.length <= MAX_SHAPE_LENGTH) passed.set(operation, shape);
}

/** Variables without their texts. */
const shapeOf = (variables: ExecutionArgs["variableValues"]): string =>
  JSON.stringify(variables ?? {}, (_name, value: unknown) => (typeof value === "string" ? "" : value));

const nameOf = (definition: object): string | undefined => (definition as { name?: { value: string } }).name?.value;
