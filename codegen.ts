import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { preset } from "@graphql-codegen/client-preset";
import { codegen } from "@graphql-codegen/core";
import { buildSchema, parse, Source } from "graphql";

const OUT = "tools/generated/graphql/";
/** The image is built from fewer. */
const FOLDERS = ["examples", "tools", "test"];

/**
 * `npm run codegen`: types for the documents that tools, tests and examples write with the `graphql()` tag. The
 * documents that examples give to other clients are checked against the schema as well.
 */
const schema = readFileSync("schema.graphql", "utf8");
const outputs = await preset.buildGeneratesSection({
  baseOutputDir: OUT,
  schema: parse(schema),
  schemaAst: buildSchema(schema),
  documents: FOLDERS.filter(existsSync).flatMap(findModules).flatMap(readDocuments),
  presetConfig: { fragmentMasking: false, skipIndexFile: true },
  config: {
    documentMode: "string",
    enumType: "string-literal",
    useTypeImports: true,
    importExtension: ".ts",
    strictScalars: true,
    scalars: { Date: "string", DateTime: "string" },
  },
  plugins: [],
  pluginMap: {},
});

for (const output of outputs) {
  mkdirSync(dirname(output.filename), { recursive: true });
  writeFileSync(output.filename, await codegen(output));
}

function findModules(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !/(^|\/)(generated|node_modules)\//.test(path))
    .toSorted()
    .map((path) => join(folder, path));
}

function readDocuments(location: string) {
  const tagged = readFileSync(location, "utf8").matchAll(/(?:\bgraphql\(|\bgql|\/\* GraphQL \*\/)\s*`([^`]*)`/g);
  return Array.from(tagged, ([, text = ""]) => ({
    location,
    rawSDL: text,
    document: parse(new Source(text, location)),
  }));
}
