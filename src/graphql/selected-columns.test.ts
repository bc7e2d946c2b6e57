import { buildSchema, executeSync, parse, type GraphQLResolveInfo } from "graphql";
import { expect, test } from "vitest";
import { needsOnly } from "./selected-columns.ts";

const schema = buildSchema(`
  type Query { page(first: Int): Connection! one: Item }
  type Connection { edges: [Edge!]! total: Int }
  type Edge { cursor: ID node: Item! }
  type Item { id: ID name: String both: String other: String page: Connection! }
`);
const item = schema.getType("Item");
if (item && "getFields" in item) {
  const { id, name, both } = item.getFields();
  id!.extensions = { pothosExposedField: "id" };
  name!.extensions = { pothosExposedField: "title" };
  both!.extensions = { columns: ["id", "text"] };
}

/** Whether a query's page, or its one item, can do with `id`, `title` and `text`, or with those that are given. */
function fits(source: string, columns: readonly string[] = ["id", "title", "text"]): boolean {
  let result = false;
  const look = (_args: unknown, _context: unknown, info: GraphQLResolveInfo) => {
    result = needsOnly(info, "Item", new Set(columns));
    return { edges: [] };
  };
  executeSync({ schema, document: parse(source), rootValue: { page: look, one: look } });
  return result;
}

test.each([
  ["{ page { total } }", true],
  ["{ page { edges { cursor } } }", true],
  ["{ page { edges { node { id name both __typename } } } }", true],
  ["{ page { edges { node { id other } } } }", false],
  ["{ page { edges { node { id ...A } } } } fragment A on Item { name ... on Item { both } }", true],
  ["{ page { edges { node { id ...A } } } } fragment A on Item { name ... on Item { other } }", false],
  ["{ page { ...A } } fragment A on Connection { edges { ...B } } fragment B on Edge { node { other } }", false],
  ["{ page { edges { node { id } } } page { edges { node { other } } } }", false],
  ["{ page { edges { node { id other @skip(if: true) } } } }", false],
  ["{ page { edges { node { page { edges { node { id } } } } } } }", false],
])("a page needs the columns of what is selected: %s", (source, expected) => {
  expect(fits(source)).toBe(expected);
});

test.each([
  ["{ one { id name both } }", true],
  ["{ one { id ...A } } fragment A on Item { other }", false],
  ["{ one { page { edges { node { id } } } } }", false],
])("and one object the columns of what is selected of it: %s", (source, expected) => {
  expect(fits(source)).toBe(expected);
});

test("and no others", () => {
  const source = "{ page { edges { node { id both } } } }";
  expect(fits(source, ["id", "text"])).toBe(true);
  expect(fits(source, ["id"])).toBe(false);
  expect(fits("{ page { edges { node { name } } } }", ["name"])).toBe(false);
});
