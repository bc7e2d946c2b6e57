import { buildSchema, GraphQLError } from "graphql";
import { expect, test } from "vitest";
import { MAX_CACHED_LENGTH } from "./document-cache.ts";
import { createDocumentReader } from "./read-document.ts";

const reader = createDocumentReader(buildSchema("type Query { me: Query, id(a: ID, i: Int): ID, name: ID }"), true);
const times = (count: number, part: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => part(n)).join(" ");

function read(source: string) {
  const document = reader.parse(source);
  return { document, errors: reader.validate(document) };
}
function refusal(source: string): GraphQLError {
  try {
    reader.parse(source);
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

test("a valid document of ordinary size is known when it comes again", () => {
  const { document, errors } = read("{ me { id } }");
  expect(errors).toEqual([]);
  expect(read("{ me { id } }")).toEqual({ document, errors: [] });
  expect(reader.parse("{ me { id } }")).toBe(document);
});

test.each([
  ["that is not validated yet", "{ me { me { id } } }", false],
  ["that is not valid", "{ me { nothing } }", true],
  ["that is long", `{ id } #${"x".repeat(MAX_CACHED_LENGTH)}`, true],
  ["of many lines", `{ id }${"\n".repeat(600)}`, true],
])("a document %s is not", (_, source, validated) => {
  const document = reader.parse(source);
  if (validated) reader.validate(document);
  expect(reader.parse(source)).not.toBe(document);
});

test.each([
  ["unknown fields", `{ ${times(300, (n) => `f${n}`)} }`],
  ["unused variables", `query (${times(100, (n) => `$v${n}: Int`)}) { id }`],
  ["unknown fragments", `{ ${times(100, (n) => `...F${n}`)} }`],
  ["wrong values", `{ ${times(40, (n) => `a${n}: id(i: "${n}")`)} }`],
])("an error is reported ten times at most: %s", (_, source) => {
  const { errors } = read(source);
  expect(errors).toHaveLength(11);
  expect(errors.at(-1)?.message).toContain("Too many validation errors");
});

test("fields that conflict are reported", () => {
  const { errors } = read("{ me { a: id } me { a: name } }");
  expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('Fields "me" conflict')]);
  expect(errors[0]?.locations).toHaveLength(4);
});

test("errors of an unusually large document have no location", () => {
  expect(read("{ nothing }").errors[0]?.locations).toHaveLength(1);
  expect(read(`{ nothing } #${"x".repeat(MAX_CACHED_LENGTH)}`).errors[0]?.locations).toBeUndefined();
});

test.each([
  ["tokens", `{ ${times(1_999, () => "id")} }`, "2000 tokens"],
  ["lines of comments", `{ id } ${"#\n".repeat(5_001)}`, "5000 lines"],
  ["lines of any kind", `{ id } ${"\r".repeat(5_001)}`, "5000 lines"],
  ["lines of a text", `{ id(a: """${"\n".repeat(5_001)}""") }`, "5000 lines"],
])("too many %s are refused", (_, source, message) => {
  const error = refusal(source);
  expect(error.message).toContain(message);
  expect(error.extensions).toEqual({ code: "OPERATION_TOO_COMPLEX" });
});

test.each([
  ["brackets", "[".repeat(250_000)],
  ["braces", "{a".repeat(125_000)],
  ["a list without end", `{ id(a: ${"[".repeat(250_000)}`],
  ["an object without end", `{ id(a: ${"{a:".repeat(80_000)}`],
  ["a type without end", `query ($v: ${"[".repeat(250_000)}`],
  ["a text without end", `{ id(a: "${"x".repeat(250_000)}`],
])("what nests or goes on without end is refused: %s", (_, source) => {
  expect(refusal(source)).toBeInstanceOf(GraphQLError);
});

test("a long text in a document is no reason to refuse it", () => {
  expect(read(`{ id(a: "${"\\n".repeat(32_000)}") }`).errors).toEqual([]);
});
