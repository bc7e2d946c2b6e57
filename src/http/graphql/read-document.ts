import {
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  OverlappingFieldsCanBeMergedRule,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from "graphql";
import { createDocumentCache, MAX_CACHED_LENGTH } from "./document-cache.ts";
import { assertModest, tooComplex } from "./document-limits.ts";

/** Lexical tokens of a document. GraphiQL's introspection has about 250. */
const MAX_TOKENS = 2_000;
/** Lines of a document. Comments are no tokens, and each of them ends a line. */
const MAX_LINES = 5_000;
/** The most errors that an answer lists for one document. */
const MAX_VALIDATION_ERRORS = 10;

/** Takes a document from its source to one that can be executed, in a time that no source makes long. */
export type DocumentReader = Readonly<{
  /** @returns the document if it is known to be valid */
  find(source: string): DocumentNode | undefined;
  /**
   * The document, which is known from before if it was valid then and is of ordinary size. Errors of one that is not have
   * no locations.
   *
   * @throws {GraphQLError} for what does not parse, and `OPERATION_TOO_COMPLEX` for what is larger than any client's
   */
  parse(source: string): DocumentNode;
  /** @returns what is wrong with it; no more than 11 errors */
  validate(document: DocumentNode): readonly GraphQLError[];
}>;

/** @param introspection whether clients may ask for the schema; else "Did you mean" tells nothing of it either */
export function createDocumentReader(schema: GraphQLSchema, introspection: boolean): DocumentReader {
  const cache = createDocumentCache();
  const valid = new WeakSet<DocumentNode>();
  const linear = specifiedRules.filter((rule) => rule !== OverlappingFieldsCanBeMergedRule);
  const rules = introspection ? linear : [...linear, NoSchemaIntrospectionCustomRule];
  const check = (document: DocumentNode, these: typeof rules, maxErrors: number) =>
    validate(schema, document, these, { maxErrors, hideSuggestions: !introspection });

  return {
    find: (source) => cache.get(source),
    parse: (source) => cache.get(source) ?? parseModest(source),
    validate(document) {
      if (valid.has(document)) return [];
      // The one rule whose time is not linear meets only what the others have passed. One error of it may name all fields.
      const errors = check(document, rules, MAX_VALIDATION_ERRORS);
      const all = errors.length > 0 ? errors : check(document, [OverlappingFieldsCanBeMergedRule], 1);
      if (all.length > 0) return all;
      valid.add(document);
      if (document.loc) cache.set(document.loc.source.body, document);
      return [];
    },
  };
}

function parseModest(source: string): DocumentNode {
  if (hasMoreLines(source, MAX_LINES)) throw tooComplex(`The operation has more than ${MAX_LINES} lines.`);
  const document = parseFew(source);
  assertModest(document);
  return document;
}

const TOO_MANY_TOKENS = "Syntax Error: Document contains more";

function parseFew(source: string): DocumentNode {
  try {
    return parse(source, { maxLexicalTokens: MAX_TOKENS, noLocation: !isOrdinary(source) });
  } catch (error) {
    // The parser calls itself for each level.
    if (error instanceof RangeError) throw tooComplex("The operation has too many levels of nesting.");
    if (!(error instanceof GraphQLError) || !error.message.startsWith(TOO_MANY_TOKENS)) throw error;
    throw tooComplex(`The operation has more than ${MAX_TOKENS} tokens.`);
  }
}

/** Lines of a document whose errors say where: to find one location graphql-js counts the lines up to it. */
const MAX_LOCATED_LINES = 500;

const isOrdinary = (source: string): boolean =>
  source.length <= MAX_CACHED_LENGTH && !hasMoreLines(source, MAX_LOCATED_LINES);

function hasMoreLines(source: string, max: number): boolean {
  let lines = 0;
  for (const _ of source.matchAll(/[\r\n]/g)) if ((lines += 1) > max) return true;
  return false;
}
