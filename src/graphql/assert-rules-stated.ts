import type { GraphQLField, GraphQLSchema } from "graphql";

/**
 * Deny by default: an operation that does not say who may ask is a mistake, found when the schema is built.
 *
 * @returns the schema
 * @throws {Error} naming every operation without `authScopes`
 */
export function assertRulesStated(schema: GraphQLSchema): GraphQLSchema {
  const silent = findOperationsWithoutRule(schema);
  if (silent.length > 0) throw new Error(`No authScopes are stated for ${silent.join(", ")}`);
  return schema;
}

/** The fields of Query, Mutation and Subscription that state no rule, such as `Query.me`. */
function findOperationsWithoutRule(schema: GraphQLSchema): string[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return roots.flatMap((root) =>
    root
      ? Object.values(root.getFields())
          .filter((field) => !statesRule(field))
          .map((field) => `${root.name}.${field.name}`)
      : [],
  );
}

function statesRule({ extensions }: GraphQLField<unknown, unknown>): boolean {
  const options = extensions["pothosOptions"];
  if (typeof options !== "object" || options === null || !("authScopes" in options)) return false;
  const scopes = options.authScopes;
  return (
    typeof scopes === "function" || (typeof scopes === "object" && scopes !== null && Object.keys(scopes).length > 0)
  );
}
