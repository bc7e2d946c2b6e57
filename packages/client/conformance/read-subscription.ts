import { Kind, parse, type SelectionSetNode, type ValueNode } from "graphql";

/** The field that a subscription asks for, its arguments, and what of a result it has selected. */
export type Subscription = Readonly<{
  field: string;
  args: Readonly<Record<string, unknown>>;
  /** Gives a result the shape that was asked for, as a server does. */
  select(data: Record<string, unknown>): Record<string, unknown>;
}>;

export function readSubscription(query: string, variables: Readonly<Record<string, unknown>> = {}): Subscription {
  const { definitions } = parse(query);
  const operation = definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION);
  const fragments = new Map(
    definitions.flatMap((each) =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each.selectionSet]] : [],
    ),
  );
  const root = operation?.selectionSet.selections.find((each) => each.kind === Kind.FIELD);
  if (!operation || !root) throw new TypeError("A subscription has one field.");

  const valueOf = (node: ValueNode): unknown => {
    if (node.kind === Kind.VARIABLE) return variables[node.name.value];
    return "value" in node ? (node.kind === Kind.INT ? Number(node.value) : node.value) : null;
  };

  function select(value: unknown, set: SelectionSetNode | undefined): unknown {
    if (!set || typeof value !== "object" || value === null) return value ?? null;
    if (Array.isArray(value)) return value.map((each) => select(each, set));
    const source = value as Record<string, unknown>;
    const chosen: Record<string, unknown> = {};
    for (const each of set.selections) {
      if (each.kind === Kind.FIELD) {
        chosen[each.alias?.value ?? each.name.value] = select(source[each.name.value], each.selectionSet);
      } else {
        const inner = each.kind === Kind.INLINE_FRAGMENT ? each.selectionSet : fragments.get(each.name.value);
        Object.assign(chosen, select(source, inner));
      }
    }
    return chosen;
  }

  return {
    field: root.name.value,
    args: Object.fromEntries((root.arguments ?? []).map(({ name, value }) => [name.value, valueOf(value)])),
    select: (data) => select(data, operation.selectionSet) as Record<string, unknown>,
  };
}
