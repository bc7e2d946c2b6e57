import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { readImports } from "./read-imports.ts";
import { ENTRIES, ROOMS } from "./rooms.ts";

export type Violation = Readonly<{ module: string; line: number; to: string; why: string }>;

/**
 * Finds every import that `ROOMS` does not allow. Each single import is held, so what a room reaches through others is
 * held too. Circles are for the linter to find.
 *
 * @param modules texts by path
 * @param dependencies the packages that a deployed program has
 * @throws {SyntaxError} when a module cannot be parsed
 */
export function findViolations(modules: ReadonlyMap<string, string>, dependencies: readonly string[]): Violation[] {
  return [...modules].flatMap(([module, text]) =>
    readImports(module, text).flatMap(({ specifier, line, typeOnly }) => {
      const to = specifier.startsWith(".") ? posix.join(posix.dirname(module), specifier) : specifier;
      const why = specifier.startsWith(".")
        ? judge(module, to, typeOnly)
        : judgePackage(module, to, typeOnly, dependencies);
      return why === undefined ? [] : [{ module, line, to, why }];
    }),
  );
}

function judge(module: string, to: string, typeOnly: boolean): string | undefined {
  if (ENTRIES.includes(to)) return "An entry starts when it is imported.";
  const room = roomOf(module);
  if (room === undefined) return undefined; // Tests, tools and examples.
  const own = featureOf(module);
  const target = roomOf(to);
  if (target === room && featureOf(to) === own) return undefined;
  const allowed = (ROOMS[room] ?? []).map((entry) => entry.replace("<own>", own ?? ""));
  const fits = allowed.some((entry) => entry === target || (typeOnly && entry === `type:${target}`));
  return fits ? undefined : `${room} may import, besides itself: ${allowed.join(", ") || "nothing"}.`;
}

function judgePackage(module: string, name: string, typeOnly: boolean, dependencies: readonly string[]) {
  // What the pages import is bundled, and a package for clients names its own.
  const deployed = roomOf(module) !== undefined && !/^(web|packages)\//.test(module);
  if (!deployed || typeOnly || isBuiltin(name)) return undefined;
  const bare = name.split("/", name.startsWith("@") ? 2 : 1).join("/");
  return dependencies.includes(bare) ? undefined : "What is deployed has only the packages of `dependencies`.";
}

const featureOf = (path: string): string | undefined => /^src\/features\/([^/]+)\//.exec(path)?.[1];

/** @returns the longest room that the path is in; undefined where anything may be imported */
function roomOf(path: string): string | undefined {
  const place = path.replace(/^src\/features\/[^/]+\/schema(?=[/.])/, "src/features/*/schema");
  return Object.keys(ROOMS)
    .filter((room) => place.startsWith(room))
    .toSorted((a, b) => b.length - a.length)[0];
}
