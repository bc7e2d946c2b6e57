import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { preset } from "@graphql-codegen/client-preset";
import { codegen } from "@graphql-codegen/core";
import { buildSchema, isAbstractType, parse, Source, type DocumentNode } from "graphql";

type Document = { location: string; rawSDL: string; document: DocumentNode };
type Output = Readonly<{ outDir: string; documentMode: "string" | "documentNode"; documents: Document[] }>;

/** The image is built from fewer. */
const FOLDERS = ["examples", "packages", "tools", "test"];

const schema = readFileSync("schema.graphql", "utf8");

/**
 * `npm run codegen`: types for the documents that tools, tests and examples write with the `graphql()` tag. The
 * documents that examples give to other clients are checked against the schema as well.
 */
await generate({
  outDir: "tools/generated/graphql/",
  documentMode: "string",
  documents: FOLDERS.filter(existsSync)
    .flatMap((folder) => findFiles(folder, ".ts"))
    .flatMap(readDocuments),
});
/** The chat page has its documents in files, and takes them parsed: its bundle holds no parser, and only what is used. */
await generate({
  outDir: "web/generated/graphql/",
  documentMode: "documentNode",
  documents: findFiles("web/chat", ".graphql").map(readFile),
});

/** By which Apollo's cache knows which types a union or an interface stands for. */
writeFileSync(
  "web/generated/graphql/possible-types.ts",
  `export const possibleTypes: Record<string, string[]> = ${JSON.stringify(readPossibleTypes(), null, 2)};\n`,
);

function readPossibleTypes(): Record<string, string[]> {
  const built = buildSchema(schema);
  const abstract = Object.values(built.getTypeMap()).filter((type) => isAbstractType(type));
  return Object.fromEntries(abstract.map((type) => [type.name, built.getPossibleTypes(type).map(({ name }) => name)]));
}

async function generate({ outDir, documentMode, documents }: Output): Promise<void> {
  const outputs = await preset.buildGeneratesSection({
    baseOutputDir: outDir,
    schema: parse(schema),
    schemaAst: buildSchema(schema),
    documents,
    presetConfig: { fragmentMasking: false, skipIndexFile: true },
    config: {
      documentMode,
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
}

function readFile(location: string): Document {
  const rawSDL = readFileSync(location, "utf8");
  return { location, rawSDL, document: parse(new Source(rawSDL, location)) };
}

function findFiles(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(ending) && !/(^|\/)(generated|node_modules)\//.test(path))
    .toSorted()
    .map((path) => join(folder, path));
}

function readDocuments(location: string): Document[] {
  const tagged = readFileSync(location, "utf8").matchAll(/(?:\bgraphql\(|\bgql|\/\* GraphQL \*\/)\s*`([^`]*)`/g);
  return Array.from(tagged, ([, text = ""]) => ({
    location,
    rawSDL: text,
    document: parse(new Source(text, location)),
  }));
}
