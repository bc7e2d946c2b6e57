import {
  getNamedType,
  Kind,
  type FieldNode,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type SelectionNode,
} from "graphql";

type Info = Pick<GraphQLResolveInfo, "fieldNodes" | "fragments" | "schema" | "returnType">;

/**
 * Finds the columns that an object, or the entries of a connection, are asked for. A field that exposes a column needs that one, and one whose
 * extension `columns` names some needs those; any other field may need all. Conditions (`@skip`, `@include`) are taken as met.
 *
 * @param info of the resolver of the object, or of the connection
 * @param type the type of the object, or of the connection's nodes
 * @returns whether a row with these columns alone is enough
 */
export const needsOnly = (info: Info, type: string, columns: ReadonlySet<string>): boolean =>
  info.fieldNodes.every((node) => {
    const needed = columnsOf(node, type, info);
    return needed !== null && [...needed].every((column) => columns.has(column));
  });

/** By the field of a document, which is known from before where the document is. */
const known = new WeakMap<FieldNode, ReadonlySet<string> | null>();

function columnsOf(node: FieldNode, type: string, info: Info): ReadonlySet<string> | null {
  let columns = known.get(node);
  if (columns === undefined) known.set(node, (columns = findColumns(node, type, info)));
  return columns;
}

/** @returns null for all */
function findColumns(
  field: FieldNode,
  type: string,
  { fragments, schema, returnType }: Info,
): ReadonlySet<string> | null {
  /** A fragment says the same wherever it is spread, and may be spread very often. */
  const seen = new Set<string>();
  const columns = new Set<string>();

  /** @returns false once all columns are needed */
  function addAll(selections: readonly SelectionNode[] | undefined, add: (field: FieldNode) => boolean): boolean {
    return (selections ?? []).every((selection) => {
      if (selection.kind === Kind.FIELD) return add(selection);
      if (selection.kind === Kind.INLINE_FRAGMENT) return addAll(selection.selectionSet.selections, add);
      const { value } = selection.name;
      if (seen.has(value)) return true;
      seen.add(value);
      return addAll(fragments[value]?.selectionSet.selections, add);
    });
  }

  const addColumns = ({ name }: FieldNode): boolean => {
    const needed = columnsOfField(schema, type, name.value);
    for (const column of needed ?? []) columns.add(column);
    return needed !== null;
  };
  const inEntry = ({ name, selectionSet }: FieldNode): boolean =>
    name.value !== "node" || addAll(selectionSet?.selections, addColumns);
  const inConnection = ({ name, selectionSet }: FieldNode): boolean =>
    name.value !== "edges" || addAll(selectionSet?.selections, inEntry);
  const isObject = getNamedType(returnType).name === type;
  return addAll(field.selectionSet?.selections, isObject ? addColumns : inConnection) ? columns : null;
}

/** @returns null where that is not stated */
export function columnsOfField(schema: GraphQLSchema, type: string, name: string): readonly string[] | null {
  if (name === "__typename") return [];
  const object = schema.getType(type);
  const field = object && "getFields" in object ? object.getFields()[name] : undefined;
  const { pothosExposedField: exposed, columns } = field?.extensions ?? {};
  if (typeof exposed === "string") return [exposed];
  return Array.isArray(columns) ? (columns as string[]) : null;
}
