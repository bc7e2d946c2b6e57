import {
  Kind,
  visit,
  type DefinitionNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";

/** @returns the fields of all operations, with those of the fragments they spread, however often. A cycle counts once */
export function countSpread(document: DocumentNode): number {
  const fragments = fragmentsOf(document);
  const known = new Map<string, number>();

  function countIn(node: DefinitionNode): number {
    let total = 0;
    visit(node, {
      Field: () => void (total += 1),
      FragmentSpread: ({ name }) => void (total += countFragment(name.value)),
    });
    return total;
  }
  function countFragment(name: string): number {
    const fragment = fragments.get(name);
    const total = known.get(name);
    if (total !== undefined || !fragment) return total ?? 0;
    // While it is counted: what spreads itself is for the validation to refuse.
    known.set(name, 0);
    const counted = countIn(fragment);
    known.set(name, counted);
    return counted;
  }
  return operationsOf(document).reduce((total, operation) => total + countIn(operation), 0);
}

/** Characters of a text among the arguments that cost validation as much as one argument. */
const UNITS_OF_TEXT = 100;

/**
 * Counts the pairs of fields that make one field of an answer: they have the same response name, below parents that are
 * merged themselves. Validation compares all of these, each with its arguments: a pair counts once more for each value
 * among the arguments that one of the two has on average, and for each `UNITS_OF_TEXT` of their texts.
 *
 * @param maxFields more fields than the document has with its fragments are those of a cycle: the count ends there
 */
export function countPairs(document: DocumentNode, maxFields: number): number {
  const fragments = fragmentsOf(document);
  let pairs = 0;
  let fields = 0;

  function countMerged(sets: readonly SelectionSetNode[]): void {
    const byName = new Map<string, FieldNode[]>();
    const spread = new Set<string>();
    for (const set of sets) collect(set, byName, spread);
    for (const same of byName.values()) {
      if (fields > maxFields) return;
      const weight = same.reduce((total, field) => total + weigh(field), 0);
      pairs += (weight * (same.length - 1)) / 2;
      const below = same.flatMap(({ selectionSet }) => selectionSet ?? []);
      if (below.length > 0) countMerged(below);
    }
  }
  /** A fragment is compared once among the fields it is merged with. */
  function collect(set: SelectionSetNode, byName: Map<string, FieldNode[]>, spread: Set<string>): void {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        fields += 1;
        const name = (selection.alias ?? selection.name).value;
        const same = byName.get(name);
        if (same) same.push(selection);
        else byName.set(name, [selection]);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet, byName, spread);
      else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment) collect(fragment.selectionSet, byName, spread);
      }
    }
  }
  for (const { selectionSet } of operationsOf(document)) countMerged([selectionSet]);
  return pairs;
}

/** @returns 1 for a field without arguments */
function weigh({ arguments: given = [] }: FieldNode): number {
  let weight = 1;
  for (const { value } of given)
    visit(value, {
      enter(node) {
        if (node.kind === Kind.NAME) return;
        weight += 1;
        if ("value" in node && typeof node.value === "string") weight += node.value.length / UNITS_OF_TEXT;
      },
    });
  return weight;
}

const operationsOf = ({ definitions }: DocumentNode): OperationDefinitionNode[] =>
  definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);

function fragmentsOf({ definitions }: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  return fragments;
}
