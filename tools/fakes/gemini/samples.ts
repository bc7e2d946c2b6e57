import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DirectiveError } from "./directive-words.ts";
import type { Script, Step } from "./script.ts";

const OWN_SAMPLES = fileURLToPath(new URL("samples", import.meta.url));

/**
 * Reads a recorded answer: `<name>.chunks.txt` has an event a line, `<name>.json` one answer, an error's body, or
 * `{ status, body }`. It is played as it is: what it does not say is not added.
 *
 * @param folders beside the fake's own; the first that has it wins
 * @throws {DirectiveError} when none has it
 */
export function readSample(name: string, folders: readonly string[] = []): Script {
  for (const folder of [...folders, OWN_SAMPLES]) {
    const file = readdirSync(folder).find((entry) => nameOf(entry) === name || entry === name);
    if (file !== undefined) return toScript(file, readFileSync(join(folder, file), "utf8"));
  }
  throw new DirectiveError(`fake: "${name}" is none of the samples ${sampleNames(folders).join(", ")}`);
}

/** The samples of these folders and of the fake's own; of a stream and an answer with the same name the stream. */
function sampleNames(folders: readonly string[] = []): string[] {
  const files = [...folders, OWN_SAMPLES].flatMap((folder) => readdirSync(folder));
  return [...new Set(files.filter((file) => /\.(json|txt)$/.test(file)).map(nameOf))].toSorted();
}

const nameOf = (file: string): string => basename(file).replace(/(\.chunks\.txt|\.json)$/, "");

function toScript(file: string, text: string): Script {
  if (file.endsWith(".txt")) {
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    return [...lines.map((line): Step => ({ event: JSON.parse(line) as unknown })), { end: true }];
  }
  const answer = JSON.parse(text) as { status?: number; body?: unknown; error?: { code?: number } };
  if (answer.status !== undefined) return [{ status: answer.status, body: answer.body }];
  if (answer.error !== undefined) return [{ status: answer.error.code ?? 500, body: answer }];
  return [{ event: answer }, { end: true }];
}
