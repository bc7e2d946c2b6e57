import type { OperationDefinitionNode } from "graphql";

/** The variables that the operation declares. What it does not declare has no effect, and is not held. */
export function declaredOf(
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Record<string, unknown> | null | undefined,
): Record<string, unknown> {
  const declared: Record<string, unknown> = {};
  for (const { variable } of variableDefinitions) {
    const { value: name } = variable.name;
    if (variables && Object.hasOwn(variables, name)) declared[name] = variables[name];
  }
  return declared;
}
