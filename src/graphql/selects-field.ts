import {
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  type GraphQLResolveInfo,
  type SelectionNode,
} from "graphql";

type Info = Pick<GraphQLResolveInfo, "fieldNodes" | "fragments" | "variableValues">;

/**
 * Whether an operation selects a field of what a resolver returns: under whatever alias, in fragments, and as its variables
 * have it with `@skip` and `@include`. For types that have no interfaces and are in no union, so that every fragment fits.
 */
export function selectsField({ fieldNodes, fragments, variableValues }: Info, name: string): boolean {
  /** A fragment says the same wherever it is spread, and may be spread very often. */
  const seen = new Set<string>();

  function selects(selections: readonly SelectionNode[] | undefined): boolean {
    return (selections ?? []).some((selection) => isIncluded(selection) && isOrHolds(selection));
  }

  function isIncluded(selection: SelectionNode): boolean {
    if (getDirectiveValues(GraphQLSkipDirective, selection, variableValues)?.["if"] === true) return false;
    return getDirectiveValues(GraphQLIncludeDirective, selection, variableValues)?.["if"] !== false;
  }

  function isOrHolds(selection: SelectionNode): boolean {
    switch (selection.kind) {
      case Kind.FIELD:
        return selection.name.value === name;
      case Kind.INLINE_FRAGMENT:
        return selects(selection.selectionSet.selections);
      case Kind.FRAGMENT_SPREAD: {
        const { value } = selection.name;
        if (seen.has(value)) return false;
        seen.add(value);
        return selects(fragments[value]?.selectionSet.selections);
      }
    }
  }

  return fieldNodes.some(({ selectionSet }) => selects(selectionSet?.selections));
}
