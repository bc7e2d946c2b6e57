import { describe, expect, test } from "vitest";
import { builtIn, fileModel, writeModelsFile } from "../../test/_support/models-file.ts";
import { readCatalogue, type CatalogueSettings } from "./read-catalogue.ts";

const DEFAULT = { default: true };

/** The lines of a refusal; none when the models are taken. */
function faultsOf(models: readonly unknown[] | string, more: CatalogueSettings = {}): readonly string[] {
  const catalogue = readCatalogue({ file: writeModelsFile(models), ...more });
  return "faults" in catalogue ? catalogue.faults : [];
}

const read = (settings: CatalogueSettings) => {
  const catalogue = readCatalogue(settings);
  if ("faults" in catalogue) throw new Error(catalogue.faults.join("\n"));
  return catalogue;
};

test("the models that are built in have no fault, and the default is none that is shut down", () => {
  const { defaultId, models } = read({});
  expect(models.get(defaultId)).toMatchObject({ id: "gemini-3.5-flash-lite", plans: ["BASIC", "PRO"] });
  expect(models.get(defaultId)).not.toHaveProperty("retiresAt");
  expect([...models.keys()]).toEqual(builtIn().map(({ id }) => id));
  const retiring = [...models.values()].filter(({ retiresAt }) => retiresAt);
  expect(retiring.map(({ id }) => id)).toEqual(["gemini-3.1-flash-lite", "gemini-2.5-flash", "gemini-2.5-pro"]);
  for (const { replacedBy } of retiring) expect(models.get(replacedBy!)).not.toHaveProperty("retiresAt");
});

test("a file of one's own takes the place of those, in the order that it gives", () => {
  const file = writeModelsFile([
    fileModel("b", { order: 2, ...DEFAULT }),
    fileModel("a", { order: 1, retiresAt: "2026-12-01", replacedBy: "b", fallbacks: ["b"] }),
  ]);
  const { defaultId, models } = read({ file });
  expect(defaultId).toBe("b");
  expect([...models.keys()]).toEqual(["a", "b"]);
  expect(models.get("a")).toMatchObject({ retiresAt: new Date("2026-12-01"), fallbacks: ["b"] });
});

test("GEMINI_MODEL names another default, and GEMINI_MODELS leaves out the others", () => {
  const { defaultId, models } = read({ defaultId: "gemini-3.8-flash", offered: ["gemini-3.1-flash-lite"] });
  expect(defaultId).toBe("gemini-3.8-flash");
  expect([...models.keys()]).toEqual(["gemini-3.8-flash", "gemini-3.1-flash-lite"]);
  expect(models.get(defaultId)?.fallbacks).toEqual([]);
  expect(models.get("gemini-3.1-flash-lite")).not.toHaveProperty("replacedBy");
});

test("a default that retires keeps what replaces it, whatever is offered", () => {
  const { models } = read({ defaultId: "gemini-3.1-flash-lite", offered: [] });
  expect([...models.keys()]).toEqual(["gemini-3.5-flash-lite", "gemini-3.1-flash-lite"]);
});

test("every fault of a file is named at once", () => {
  expect(
    faultsOf([
      fileModel("a model", { label: "", plans: [], contextTokens: 0 }),
      { ...fileModel("b"), prices: [], colour: "red" },
      { label: "c" },
    ]),
  ).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^MODELS_FILE: a model: id: must be the name of a model/),
      expect.stringMatching(/^MODELS_FILE: a model: label: /),
      expect.stringMatching(/^MODELS_FILE: a model: contextTokens: /),
      "MODELS_FILE: a model: plans: must name a plan",
      expect.stringMatching(/^MODELS_FILE: b: prices: /),
      expect.stringMatching(/^MODELS_FILE: b: .*colour/),
      expect.stringMatching(/^MODELS_FILE: models\[2\]: id: /),
      expect.stringMatching(/^MODELS_FILE: models\[2\]: maxReplyTokens: /),
    ]),
  );
});

describe("a file with models that do not go together is refused", () => {
  const DAYS = { prompt: 1, cached: 1, reply: 1 };
  test.each<[string, readonly unknown[], string | string[]]>([
    ["twice the same", [fileModel("a", DEFAULT), fileModel("a")], "a: stands there twice"],
    ["no default", [fileModel("a")], `no model says "default": true`],
    ["two defaults", [fileModel("a", DEFAULT), fileModel("b", DEFAULT)], "more than one default: a, b"],
    ["an unknown replacement", [fileModel("a", { ...DEFAULT, replacedBy: "b" })], "a: replacedBy: there is no model b"],
    ["an unknown fallback", [fileModel("a", { ...DEFAULT, fallbacks: ["b"] })], "a: fallbacks: there is no model b"],
    ["itself as a fallback", [fileModel("a", { ...DEFAULT, fallbacks: ["a"] })], "a: fallbacks: leads back to a"],
    [
      "replacements in a circle",
      [fileModel("a", DEFAULT), fileModel("b", { replacedBy: "c" }), fileModel("c", { replacedBy: "b" })],
      "b: replacedBy: leads back to b",
    ],
    [
      "fallbacks in a circle",
      [fileModel("a", { ...DEFAULT, fallbacks: ["b"] }), fileModel("b", { fallbacks: ["a"] })],
      "a: fallbacks: leads back to a",
    ],
    [
      "a fallback of a dearer plan",
      [fileModel("a", { ...DEFAULT, fallbacks: ["b"] }), fileModel("b", { plans: ["PRO"] })],
      "a: fallbacks: b is not in the plan BASIC, which covers a",
    ],
    [
      "a replacement of a dearer plan",
      [fileModel("c", DEFAULT), fileModel("a", { replacedBy: "b" }), fileModel("b", { plans: ["PRO"] })],
      "a: replacedBy: b is not in the plan BASIC, which covers a",
    ],
    [
      "a default that not everybody may use",
      [fileModel("a", { ...DEFAULT, plans: ["PRO"] })],
      "a: is the default, and not in the plan BASIC",
    ],
    [
      "a default that leaves nothing behind",
      [
        fileModel("a", { ...DEFAULT, retiresAt: "2027-01-01", replacedBy: "b" }),
        fileModel("b", { retiresAt: "2027-02-01" }),
      ],
      "a: is the default, and retires without a replacement that stays",
    ],
    [
      "prices that begin somewhere",
      [fileModel("a", { ...DEFAULT, prices: [{ from: "2026-01-01", ...DAYS }] })],
      `a: prices: the first must hold since ever, without "from"`,
    ],
    [
      "prices out of order",
      [
        fileModel("a", {
          ...DEFAULT,
          prices: [DAYS, { from: "2027-01-01", ...DAYS }, { from: "2026-01-01", ...DAYS }],
        }),
      ],
      "a: prices: each must begin later than the one before",
    ],
  ])("%s", (_, models, fault) => {
    expect(faultsOf(models)).toEqual([`MODELS_FILE: ${fault as string}`]);
  });
});

test.each(["", "{", "[]", "null", `{ "models": [] }`, `{ "models": {} }`])(
  "what is no catalogue is refused: %s",
  (text) => {
    expect(faultsOf(text)).toHaveLength(1);
  },
);

test("a file that is not there is refused, and so are settings that name what it does not have", () => {
  expect(readCatalogue({ file: "/there/is/none.json" })).toEqual({ faults: ["MODELS_FILE: cannot be read as JSON"] });
  expect(readCatalogue({ defaultId: "gemma-5", offered: ["gpt-4"] })).toEqual({
    faults: [
      "GEMINI_MODEL: there is no gemma-5 in the default catalogue",
      "GEMINI_MODELS: there is no gpt-4 in the default catalogue",
    ],
  });
});
