import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { readImports } from "../checks/imports/read-imports.ts";

/**
 * Finds the modules of a program: its entry, and what is imported from there on by relative paths. What is imported for
 * its types only is not among them, as it is never loaded. A module that is missing, or cannot be parsed, is.
 *
 * @returns absolute paths
 */
export function listModules(entry: string): ReadonlySet<string> {
  const found = new Set([resolve(entry)]);
  // A set also hands out what is added to it meanwhile.
  for (const path of found) for (const imported of listImports(path)) found.add(imported);
  return found;
}

function listImports(path: string): string[] {
  try {
    return readImports(path, readFileSync(path, "utf8")).flatMap(({ specifier, typeOnly }) =>
      specifier.startsWith(".") && !typeOnly ? [resolve(dirname(path), specifier)] : [],
    );
  } catch {
    return [];
  }
}
