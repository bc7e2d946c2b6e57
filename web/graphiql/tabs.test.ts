import { buildSchema, Kind, parse, validate } from "graphql";
import { expect, it } from "vitest";
import schema from "../../schema.graphql?raw";
import { FILLED_BY } from "./memory.ts";
import { TABS } from "./tabs.ts";

it.each(TABS)("a tab fits the schema, with every variable given: $query", ({ query, variables }) => {
  const document = parse(query);
  expect(validate(buildSchema(schema), document)).toEqual([]);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`no operation: ${query}`);
  const declared = operation.variableDefinitions?.map(({ variable }) => variable.name.value);
  expect(Object.keys(JSON.parse(variables) as object)).toEqual(declared);
});

it("placeholders are filled in by tabs that there are", () => {
  const named = TABS.map(({ query }) => /\b(?:mutation|subscription|query) (\w+)/.exec(query)?.[1]);
  expect(named).toEqual(expect.arrayContaining(Object.values(FILLED_BY)));
});
