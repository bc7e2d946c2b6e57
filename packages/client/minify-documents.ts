import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripIgnoredCharacters } from "graphql";

/** Takes the spaces and line breaks out of the GraphQL documents of a module. */
export const minifyDocuments = (source: string): string =>
  source.replace(/(\/\* GraphQL \*\/\s*`)([^`]*)`/g, (_, start: string, text: string) => {
    return `${start}${stripIgnoredCharacters(text)}\``;
  });

/** `tsx minify-documents.ts <folder>`: of all modules in a folder, in place. A part of `npm run build`. */
const [, , folder] = process.argv;
if (import.meta.filename === process.argv[1] && folder !== undefined) {
  const modules = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".js"));
  for (const path of modules.map((each) => join(folder, each)))
    writeFileSync(path, minifyDocuments(readFileSync(path, "utf8")));
}
