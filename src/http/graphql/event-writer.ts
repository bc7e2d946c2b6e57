import {
  defaultFieldResolver,
  getOperationAST,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type ExecutionArgs,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type SelectionSetNode,
} from "graphql";

/**
 * Writes the data of an event as JSON.
 *
 * @returns undefined for an event that has to be executed: it leads to other objects, is long, or does not fit its type
 */
export type EventWriter = (event: object) => string | undefined;

/** Longer data is executed, which counts its long texts, in UTF-16 code units. */
const MAX_LENGTH = 64 * 1024;
/** Of a value whose JSON is kept for the next event. */
const MAX_KNOWN_LENGTH = 64;

/**
 * Reads a subscription's selections once. graphql-js reads them again for each event, and all variables and arguments
 * too, which costs more than the rest of a delivery.
 *
 * It knows fields that are a property of their object: those with the default resolver, and those whose extension `reads`
 * names it. The field of the subscription has to have the extension `isEvent`.
 *
 * @returns undefined for a subscription whose every event has to be executed
 */
export function createEventWriter({ schema, document, operationName }: ExecutionArgs): EventWriter | undefined {
  const [root, ...others] = getOperationAST(document, operationName)?.selectionSet.selections ?? [];
  if (root?.kind !== Kind.FIELD || others.length > 0 || root.directives?.length) return undefined;
  const field = schema.getSubscriptionType()?.getFields()[root.name.value];
  if (field?.extensions["isEvent"] !== true) return undefined;
  const write = new Reader(document.definitions.filter(isFragment)).read(field.type, root);
  const before = `{${keyOf(root)}:`;
  return (event) => {
    try {
      const json = write(event);
      return json && `${before}${json}}`;
    } catch {
      // graphql-js meets it as well, and knows how to tell it.
      return undefined;
    }
  };
}

const isFragment = (definition: { kind: Kind }): definition is FragmentDefinitionNode =>
  definition.kind === Kind.FRAGMENT_DEFINITION;

/** A response's key as JSON. */
const keyOf = ({ alias, name }: FieldNode): string => `"${(alias ?? name).value}"`;

type WriteValue = (value: unknown) => string | undefined;
type Property = Readonly<{ before: string; name: string; write: WriteValue }>;

/** A fragment says the same wherever it is spread, and may be spread very often. */
type Collected = Readonly<{ nodes: Map<string, FieldNode>; spread: Set<string> }>;

const unknown: WriteValue = () => undefined;

/** Makes the writers of an operation's selections. */
class Reader {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;

  constructor(fragments: readonly FragmentDefinitionNode[]) {
    this.#fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  }

  read(type: GraphQLOutputType, node: FieldNode): WriteValue {
    const isRequired = isNonNullType(type);
    const present = isRequired ? type.ofType : type;
    const missing = isRequired ? undefined : "null";
    if (isLeafType(present)) return leafWriter(present, missing);
    const write = this.#readComposed(present, node);
    return (value) => (isMissing(value) ? missing : write(value));
  }

  #readComposed(type: GraphQLOutputType, { selectionSet }: FieldNode): WriteValue {
    if (isListType(type)) return (value) => (Array.isArray(value) && value.length === 0 ? "[]" : undefined);
    const nodes = new Map<string, FieldNode>();
    if (!isObjectType(type) || !selectionSet || !this.#collect(type, selectionSet, { nodes, spread: new Set() }))
      return unknown;
    const properties: Property[] = [];
    for (const [key, node] of nodes) {
      const property = this.#readProperty(type, node);
      if (!property) return unknown;
      properties.push({ ...property, before: `${properties.length === 0 ? "{" : ","}${key}:` });
    }
    return (value) => writeObject(properties, value as Readonly<Record<string, unknown>>);
  }

  #readProperty(type: GraphQLObjectType, node: FieldNode): Omit<Property, "before"> | undefined {
    const name = node.name.value;
    if (name === "__typename") return { name, write: () => JSON.stringify(type.name) };
    const field = type.getFields()[name];
    const property = field && propertyOf(field);
    return field && property !== undefined ? { name: property, write: this.read(field.type, node) } : undefined;
  }

  /** @returns whether all that is selected is a field of this type, and no field is merged of several selections */
  #collect(type: GraphQLObjectType, { selections }: SelectionSetNode, into: Collected): boolean {
    return selections.every((selection) => {
      if (selection.directives?.length) return false;
      if (selection.kind === Kind.FIELD) {
        const key = keyOf(selection);
        const isNew = !into.nodes.has(key);
        if (isNew) into.nodes.set(key, selection);
        return isNew || !selection.selectionSet;
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        if (into.spread.has(selection.name.value)) return true;
        into.spread.add(selection.name.value);
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragments.get(selection.name.value);
      const condition = fragment?.typeCondition?.name.value ?? type.name;
      return fragment !== undefined && condition === type.name && this.#collect(type, fragment.selectionSet, into);
    });
  }
}

/** Most values are those of the event before; the long ones are not kept. @param missing what stands for no value */
function leafWriter(type: GraphQLLeafType, missing: string | undefined): WriteValue {
  let known: unknown;
  let knownJson = missing;
  return (value) => {
    if (value === known) return knownJson;
    if (isMissing(value)) return missing;
    const json = JSON.stringify(type.serialize(value));
    if (json.length <= MAX_KNOWN_LENGTH) [known, knownJson] = [value, json];
    return json;
  };
}

const isMissing = (value: unknown): value is null | undefined => value === null || value === undefined;

function writeObject(properties: readonly Property[], object: Readonly<Record<string, unknown>>): string | undefined {
  let json = "";
  for (const { before, name, write } of properties) {
    const written = write(object[name]);
    if (written === undefined) return undefined;
    json += before + written;
    if (json.length > MAX_LENGTH) return undefined;
  }
  return `${json}}`;
}

/** The property that a field is; undefined for one whose resolver does more. */
function propertyOf({ name, extensions: { reads }, resolve }: GraphQLField<unknown, unknown>): string | undefined {
  if (typeof reads === "string") return reads;
  return resolve === undefined || resolve === defaultFieldResolver ? name : undefined;
}
