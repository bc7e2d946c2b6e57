import { getOperationAST, Kind, type DocumentNode, type OperationDefinitionNode } from "graphql";

/** What logs and metrics call an operation. */
export type OperationName = Readonly<{
  /** As its author calls it; null for one without a name. A client may choose any. */
  operation: string | null;
  kind: "query" | "mutation" | "subscription";
  /** The first field of the schema that it asks for, so there are only so many; null for one that begins with a fragment. */
  field: string | null;
}>;

const MAX_NAME_LENGTH = 80;

const known = new WeakMap<OperationDefinitionNode, OperationName>();

/** @returns null when it is not clear which operation of the document is meant */
export function describeOperation(document: DocumentNode, name: string | null | undefined): OperationName | null {
  const node = getOperationAST(document, name);
  if (!node) return null;
  let described = known.get(node);
  if (!described) known.set(node, (described = describe(node)));
  return described;
}

function describe({ name, operation, selectionSet: { selections } }: OperationDefinitionNode): OperationName {
  const [first] = selections;
  return {
    operation: name?.value.slice(0, MAX_NAME_LENGTH) ?? null,
    kind: operation,
    field: first?.kind === Kind.FIELD ? first.name.value : null,
  };
}
