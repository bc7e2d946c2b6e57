import type { TypedDocumentString } from "../../tools/generated/graphql/graphql.ts";

/** The data that a document's answer holds. */
export type ResultOf<D> = D extends TypedDocumentString<infer Result, infer _Variables> ? Result : never;

/** The variables as rest arguments: none where there are none, optional where all of them are. */
export type VariablesOf<D> =
  D extends TypedDocumentString<infer _Result, infer Variables>
    ? Record<string, never> extends Variables
      ? [variables?: Variables]
      : [variables: Variables]
    : never;
