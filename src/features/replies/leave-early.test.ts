import { expect, test } from "vitest";
import { fileModel, writeModelsFile } from "../../../test/_support/models-file.ts";
import { readCatalogue } from "../../model-catalogue/read-catalogue.ts";
import type { AppContext } from "../../app-context.ts";
import { systemClock } from "../../platform/clock.ts";
import type { RoomSettings } from "../models/room-settings.ts";
import { leavesEarly, type Progress } from "./leave-early.ts";

const catalogue = readCatalogue({
  file: writeModelsFile([fileModel("goes-on", { default: true }), fileModel("starts-over", { continuation: "NONE" })]),
});
if ("faults" in catalogue) throw new Error(catalogue.faults.join("\n"));
const ctx = { config: { models: catalogue }, clock: systemClock } as Pick<AppContext, "config" | "clock">;

const SETTINGS: RoomSettings = {
  thinking: null,
  showThoughts: false,
  search: false,
  codeExecution: false,
  maxReplyTokens: null,
};
const reply = (model: string, settings: Partial<RoomSettings> = {}) => ({
  model,
  settings: { ...SETTINGS, ...settings },
  draft: null,
});
/** 400 letters are some 100 tokens. */
const TEXT = "word ".repeat(80);
const after = (elapsedMs: number, text = TEXT): Progress => ({
  written: { text, thought: "", activities: [] },
  hasBegun: text !== "",
  elapsedMs,
});

test("what another worker can go on with, or has no text yet, is handed back early", () => {
  expect(leavesEarly(ctx, reply("goes-on"), after(1_000), 5_000)).toBe(true);
  expect(leavesEarly(ctx, reply("starts-over"), after(1_000, ""), 5_000)).toBe(true);
});

test("what would start over has all the time there is", () => {
  expect(leavesEarly(ctx, reply("starts-over"), after(1_000), 5_000)).toBe(false);
  expect(leavesEarly(ctx, reply("goes-on", { search: true }), after(1_000), 5_000)).toBe(false);
});

test("what reaches its limit of tokens in time, at its pace, is nearly done", () => {
  const limited = reply("goes-on", { maxReplyTokens: 300 });
  expect(leavesEarly(ctx, limited, after(1_000), 5_000)).toBe(false);
  expect(leavesEarly(ctx, limited, after(1_000), 500)).toBe(true);
  expect(leavesEarly(ctx, limited, after(10_000), 5_000)).toBe(true);
  // What it has from an attempt before says nothing of its pace.
  const draft = { text: TEXT, thought: "", activities: [] };
  expect(leavesEarly(ctx, { ...limited, draft }, after(1_000, `${TEXT}more`), 5_000)).toBe(true);
});
