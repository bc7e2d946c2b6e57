import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { schema } from "../src/http/graphql/schema.ts";
import { printApiPage } from "./checks/schema/print-api-page.ts";
import { printSchemaFile } from "./checks/schema/print-schema-file.ts";

/** `npm run schema`: writes `schema.graphql` and `docs/API.md`. With `--check` it only says whether they are current. */
const files = { "schema.graphql": printSchemaFile(schema), "docs/API.md": printApiPage(schema) };

for (const [file, wanted] of Object.entries(files)) {
  const current = existsSync(file) && readFileSync(file, "utf8") === wanted;
  if (!process.argv.includes("--check")) {
    if (!current) writeFileSync(file, wanted);
    console.log(current ? `${file} was current` : `${file} written`);
  } else if (current) {
    console.log(`${file} is current`);
  } else {
    console.error(`${file} is stale: run \`npm run schema\` and commit it`);
    process.exitCode = 1;
  }
}
