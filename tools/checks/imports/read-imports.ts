import { parseSync } from "oxc-parser";

/** One `import`, `export … from` or `import()`, which is `dynamic`. `typeOnly` ones are never loaded. */
export type Import = Readonly<{ specifier: string; line: number; typeOnly: boolean; dynamic?: true }>;

/**
 * Reads what a module imports.
 *
 * @throws {SyntaxError} when it cannot be parsed
 */
export function readImports(path: string, text: string): Import[] {
  const { module, errors } = parseSync(path, text, { sourceType: "module" });
  const [fault] = errors;
  if (fault) throw new SyntaxError(`${path}: ${fault.message}`);
  const at = (specifier: string, start: number, typeOnly: boolean): Import => ({
    specifier,
    line: text.slice(0, start).split("\n").length,
    typeOnly,
  });
  const exported = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest, isType, start }) =>
      moduleRequest ? [at(moduleRequest.value, start, isType)] : [],
    ),
  );
  return [
    ...module.staticImports.map(({ moduleRequest, entries, start }) =>
      at(moduleRequest.value, start, entries.length > 0 && entries.every(({ isType }) => isType)),
    ),
    ...exported,
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) =>
      Object.assign(at(text.slice(start + 1, end - 1), start, false), { dynamic: true as const }),
    ),
  ];
}
