import { buildSchema, executeSync, parse } from "graphql";
import { expect, test } from "vitest";
import { selectsField } from "./selects-field.ts";

const schema = buildSchema(`
  type Query { chunk(thought: Int): Chunk! }
  type Chunk { text: String thought: Thought message: Message }
  type Thought { text: String }
  type Message { thought: String chunk: Chunk }
`);

/** Whether a query selects `thought` of its chunk. */
function selects(source: string, variables: Record<string, unknown> = {}): boolean {
  let result = false;
  const chunk = (_args: unknown, _context: unknown, info: Parameters<typeof selectsField>[0]) => {
    result = selectsField(info, "thought");
    return {};
  };
  executeSync({ schema, document: parse(source), rootValue: { chunk }, variableValues: variables });
  return result;
}

test.each([
  ["{ chunk { text thought { text } } }", true],
  ["{ chunk { text } }", false],
  ["{ chunk { other: thought { text } } }", true],
  ["{ chunk { thought: text } }", false],
  ["{ chunk { message { thought chunk { thought { text } } } } }", false],
  ["{ chunk(thought: 1) { text } }", false],
  ["{ c: chunk { text } ...Q } fragment Q on Query { c: chunk { thought { text } } }", true],
  ["{ chunk { ... { ... on Chunk { thought { text } } } } }", true],
  ["{ chunk { ...A } } fragment A on Chunk { text ...B } fragment B on Chunk { thought { text } }", true],
  ["{ chunk { ...A } } fragment A on Chunk { text message { ...C } } fragment C on Message { thought }", false],
  ["{ chunk { ...A ...A } } fragment A on Chunk { text }", false],
  ["{ chunk { thought @skip(if: true) { text } } }", false],
  ["{ chunk { thought @skip(if: false) { text } } }", true],
  ["{ chunk { thought @include(if: false) { text } } }", false],
  ["{ chunk { ...A @include(if: false) } } fragment A on Chunk { thought { text } }", false],
  ["{ chunk { ...A @skip(if: true) ...A } } fragment A on Chunk { thought { text } }", true],
])("a field is found where it is selected: %s", (source, expected) => {
  expect(selects(source)).toBe(expected);
});

test.each([
  [true, false, true],
  [false, false, false],
  [true, true, false],
])("with variables: included %s, skipped %s", (included, skipped, expected) => {
  const source = `query ($with: Boolean = false, $without: Boolean!) {
    chunk { ... @include(if: $with) { thought @skip(if: $without) { text } } }
  }`;
  expect(selects(source, { with: included, without: skipped })).toBe(expected);
  if (!included) expect(selects(source, { without: skipped })).toBe(expected);
});
