import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { parseSync, Visitor } from "oxc-parser";

/**
 * One `import`, `export … from`, `import()` or `import("…").Type`.
 *
 * `to` is a path from the top of the project, or one of `node:fs`, `npm:zod`, `npm-dev:vitest`,
 * `npm-unlisted:lodash`, `missing:src/gone.ts`, `computed:` (an `import()` of something not written out).
 */
export type Import = Readonly<{ to: string; line: number; typeOnly: boolean }>;

/** Every module's imports, by its path from the top of the project. */
export type ImportGraph = ReadonlyMap<string, readonly Import[]>;

/** As much of a `package.json` as tells what may be imported. */
export type Manifest = Readonly<{
  dependencies?: Readonly<Record<string, string>>;
  devDependencies?: Readonly<Record<string, string>>;
}>;

/**
 * Reads who imports whom.
 *
 * @param sources the text of every module, by its path from the top of the project, with `/` between folders
 * @throws {SyntaxError} when a module cannot be parsed
 */
export function readImportGraph(sources: ReadonlyMap<string, string>, manifest: Manifest): ImportGraph {
  return new Map(
    [...sources].map(([path, source]) => [
      path,
      readImports(path, source).map(({ specifier, start, typeOnly }) => ({
        to: resolve(specifier, path, sources, manifest),
        line: source.slice(0, start).split("\n").length,
        typeOnly,
      })),
    ]),
  );
}

type Found = { specifier: string | undefined; start: number; typeOnly: boolean };

/**
 * Reads the imports of one module.
 *
 * @returns what each names, undefined for an `import()` of something not written out, and where it stands in the source
 * @throws {SyntaxError} when it cannot be parsed
 */
export function readImports(path: string, source: string): Found[] {
  const { program, errors } = parseSync(path, source, { sourceType: "module" });
  const [fault] = errors;
  if (fault) throw new SyntaxError(`${path}: ${fault.message}`);

  const found: Found[] = [];
  const add = (specifier: string | undefined, start: number, typeOnly: boolean) =>
    found.push({ specifier, start, typeOnly });
  new Visitor({
    ImportDeclaration(node) {
      const named = node.specifiers.length > 0 && node.specifiers.every(isTypeSpecifier);
      add(node.source.value, node.start, node.importKind === "type" || named);
    },
    ExportNamedDeclaration(node) {
      if (node.source) add(node.source.value, node.start, node.exportKind === "type");
    },
    ExportAllDeclaration(node) {
      add(node.source.value, node.start, node.exportKind === "type");
    },
    ImportExpression(node) {
      const { source: name } = node;
      const written = name.type === "Literal" && typeof name.value === "string";
      add(written ? name.value : undefined, node.start, false);
    },
    TSImportType(node) {
      add(node.source.value, node.start, true);
    },
  }).visit(program);
  return found;
}

function isTypeSpecifier(specifier: { type: string; importKind?: string }): boolean {
  return specifier.type === "ImportSpecifier" && specifier.importKind === "type";
}

/** Relative imports carry their extension here, so a path is either right or missing. */
function resolve(
  specifier: string | undefined,
  importer: string,
  sources: ReadonlyMap<string, string>,
  manifest: Manifest,
): string {
  if (specifier === undefined) return "computed:";
  if (specifier.startsWith(".")) {
    const path = posix.join(posix.dirname(importer), specifier);
    return sources.has(path) || !path.endsWith(".ts") ? path : `missing:${path}`;
  }
  if (isBuiltin(specifier)) return specifier.startsWith("node:") ? specifier : `node:${specifier}`;

  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  if (name in (manifest.dependencies ?? {})) return `npm:${name}`;
  return name in (manifest.devDependencies ?? {}) ? `npm-dev:${name}` : `npm-unlisted:${name}`;
}
