import { CriticalityLevel, diff } from "@graphql-inspector/core";
import { buildSchema } from "graphql";

export type BreakingChange = Readonly<{
  /** Of the element, such as `Query.me`, `User.name` or `Query.chatrooms.first`. */
  path: string;
  message: string;
}>;

/**
 * What a client that works with the old schema may trip over in the new one.
 *
 * @param before the old schema, as SDL
 * @param after the new schema, as SDL
 */
export async function findBreakingChanges(before: string, after: string): Promise<BreakingChange[]> {
  const changes = await diff(buildSchema(before), buildSchema(after));
  return changes
    .filter((change) => change.criticality.level === CriticalityLevel.Breaking)
    .map(({ path, message }) => ({ path: path ?? "schema", message }));
}

const ENTRY = /^- `([^`]+)`:\s*\S/;

/**
 * The paths that a list of breaking changes owns up to, in lines such as "- `User.name`: why".
 *
 * @param list the text of `docs/schema-changes.md`
 * @param before the same at the point of comparison: what was stated then was about another change
 */
export function readStatedPaths(list: string, before: string): Set<string> {
  const old = new Set(before.split("\n"));
  const entries = list.split("\n").filter((line) => !old.has(line));
  return new Set(entries.flatMap((line) => ENTRY.exec(line)?.[1] ?? []));
}
