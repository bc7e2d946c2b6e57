import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { schema } from "../src/http/graphql/schema.ts";
import { printSchemaFile } from "./checks/schema/print-schema-file.ts";

/** `npm run schema`: writes `schema.graphql`. With `--check` it only says whether the file is current. */
const FILE = "schema.graphql";
const wanted = printSchemaFile(schema);
const current = existsSync(FILE) && readFileSync(FILE, "utf8") === wanted;

if (!process.argv.includes("--check")) {
  if (!current) writeFileSync(FILE, wanted);
  console.log(current ? `${FILE} was current` : `${FILE} written`);
} else if (current) {
  console.log(`${FILE} is current`);
} else {
  console.error(`${FILE} is stale: run \`npm run schema\` and commit it`);
  process.exitCode = 1;
}
