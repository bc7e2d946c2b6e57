import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** An example of an operation, as a reader copies it. */
export type ApiExample = Readonly<{
  document: string;
  /** JSON; `<name>` is what the reader fills in. */
  variables: string | null;
}>;

/** Where the examples are: a file for each field of `Query`, `Mutation` and `Subscription`, called after it. */
export const EXAMPLES_DIR = "docs/api";

/**
 * Reads the example of an operation. A first line that is a comment holds its variables.
 *
 * @param field of `Query`, `Mutation` or `Subscription`
 * @returns null where there is none
 */
export function readExample(field: string): ApiExample | null {
  const path = join(EXAMPLES_DIR, `${field}.graphql`);
  if (!existsSync(path)) return null;
  const [, variables = null, document = ""] = /^(?:# (.*)\n)?([^]*)$/.exec(readFileSync(path, "utf8").trim()) ?? [];
  return { document, variables };
}
