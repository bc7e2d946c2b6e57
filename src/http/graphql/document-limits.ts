import { GraphQLError, Kind, visit, type DocumentNode } from "graphql";
import { countPairs, countSpread } from "./count-merged-fields.ts";

/**
 * What one document may hold, counted before it is validated: validation compares fields with each other, so its time
 * grows with the square of their number. GraphiQL's introspection has 52 fields, of which 134 are spread, nested 14 deep;
 * what an app asks for at once stays below 150 fields, which is the breadth that an operation may have.
 */
export const DOCUMENT_LIMITS = {
  /** As they are written, in all operations and fragments. */
  fields: 300,
  /** With each fragment counted wherever it is spread, in all operations together. */
  "fields with their fragments": 600,
  /**
   * Of those that make one field of an answer, each with each. 25 fragments on one object that all ask for `id` and
   * `__typename` are 600. Validation takes up to 4 µs for each that it has not met before, and more for arguments.
   */
  "pairs of fields to compare": 1_000,
  definitions: 50,
  "fragment spreads": 100,
  /** Every rule of the validation looks at each. */
  "inline fragments": 50,
  aliases: 50,
  directives: 50,
  arguments: 300,
  variables: 100,
  /** Of selections, lists, objects and types, each in the other. */
  "levels of nesting": 25,
} as const;

/** Longest name of anything in a document, in UTF-16 code units. An error may quote it many times. */
export const MAX_NAME_LENGTH = 128;

type Measure = keyof typeof DOCUMENT_LIMITS;

const COUNTED: Readonly<Partial<Record<Kind, Measure>>> = {
  [Kind.FIELD]: "fields",
  [Kind.FRAGMENT_SPREAD]: "fragment spreads",
  [Kind.INLINE_FRAGMENT]: "inline fragments",
  [Kind.OPERATION_DEFINITION]: "definitions",
  [Kind.FRAGMENT_DEFINITION]: "definitions",
  [Kind.DIRECTIVE]: "directives",
  [Kind.ARGUMENT]: "arguments",
  [Kind.OBJECT_FIELD]: "arguments",
  [Kind.VARIABLE_DEFINITION]: "variables",
};
const NESTING = new Set<Kind>([Kind.SELECTION_SET, Kind.LIST, Kind.OBJECT, Kind.LIST_TYPE]);

/**
 * Refuses a document that is larger than any client's. Its time is linear.
 *
 * @throws {GraphQLError} `OPERATION_TOO_COMPLEX`
 */
export function assertModest(document: DocumentNode): void {
  const counts = new Map<Measure, number>();
  let nesting = 0;
  const count = (measure: Measure) => refuseAbove(measure, increment(counts, measure));
  visit(document, {
    enter(node) {
      if ((node.kind === Kind.NAME || node.kind === Kind.ENUM) && node.value.length > MAX_NAME_LENGTH)
        throw tooLongName();
      if (node.kind === Kind.FIELD && node.alias) count("aliases");
      const measure = COUNTED[node.kind];
      if (measure) count(measure);
      if (NESTING.has(node.kind)) refuseAbove("levels of nesting", (nesting += 1));
    },
    leave(node) {
      if (NESTING.has(node.kind)) nesting -= 1;
    },
  });
  refuseAbove("fields with their fragments", countSpread(document));
  refuseAbove("pairs of fields to compare", countPairs(document, DOCUMENT_LIMITS["fields with their fragments"]));
}

function increment(counts: Map<Measure, number>, key: Measure): number {
  const total = (counts.get(key) ?? 0) + 1;
  counts.set(key, total);
  return total;
}

function refuseAbove(measure: Measure, value: number): void {
  if (value > DOCUMENT_LIMITS[measure])
    throw tooComplex(`The operation has more than ${DOCUMENT_LIMITS[measure]} ${measure}.`);
}

const tooLongName = () => tooComplex(`A name in the operation is longer than ${MAX_NAME_LENGTH} characters.`);

/** @returns the refusal of a document for its size */
export const tooComplex = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: "OPERATION_TOO_COMPLEX" } });
