import { existsSync } from "node:fs";
import { readCatalogue } from "../src/model-catalogue/read-catalogue.ts";
import { checkModels } from "./models/check-models.ts";

/**
 * `npm run models:check`: compares the catalogue of models (MODELS_FILE, or the one that is built in) with what Google's API
 * lists for GEMINI_API_KEY. Fails on a difference.
 */
if (existsSync(".env")) process.loadEnvFile(".env");
const { GEMINI_API_KEY: apiKey, GEMINI_BASE_URL, MODELS_FILE } = process.env;
const catalogue = readCatalogue({ file: MODELS_FILE || undefined });

if ("faults" in catalogue) fail(catalogue.faults);
else if (!apiKey) fail(["GEMINI_API_KEY must be set"]);
else {
  try {
    const address = { apiKey, baseUrl: GEMINI_BASE_URL || undefined };
    const { differences, notes } = await checkModels(address, catalogue, new Date());
    for (const note of notes) console.log(`note  ${note}`);
    console.log(`${catalogue.models.size} models, ${differences.length} differences from the API`);
    if (differences.length > 0) fail(differences);
  } catch (error) {
    fail([
      `The API does not list its models: ${error instanceof Error ? error.message.slice(0, 300) : "no reason given"}`,
    ]);
  }
}

function fail(lines: readonly string[]): void {
  for (const line of lines) console.error(`FAIL  ${line}`);
  process.exitCode = 1;
}
