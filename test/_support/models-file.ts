import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import defaultModels from "../../src/model-catalogue/default-models.json" with { type: "json" };

export type FileModel = Record<string, unknown> & { id: string };

/** A model of a catalogue's file, with what is not said here as any model may have it. */
export const fileModel = (id: string, more: Record<string, unknown> = {}): FileModel => ({
  id,
  label: id,
  contextTokens: 1_000_000,
  maxReplyTokens: 60_000,
  thinkingLevels: ["MINIMAL", "LOW", "MEDIUM", "HIGH"],
  tools: ["SEARCH", "URL_CONTEXT", "CODE_EXECUTION"],
  media: [],
  plans: ["BASIC", "PRO"],
  order: 1,
  prices: [{ prompt: 300_000, cached: 30_000, reply: 2_500_000 }],
  ...more,
});

/** The models that are built in. */
export const builtIn = (): FileModel[] => structuredClone(defaultModels.models);

/** @returns the path of a new file for `MODELS_FILE` */
export function writeModelsFile(models: readonly unknown[] | string): string {
  const path = join(mkdtempSync(join(tmpdir(), "colloquy-models-")), "models.json");
  writeFileSync(path, typeof models === "string" ? models : JSON.stringify({ models }));
  return path;
}
