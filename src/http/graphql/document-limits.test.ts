import { getIntrospectionQuery, GraphQLError, parse } from "graphql";
import { describe, expect, test } from "vitest";
import { assertModest, DOCUMENT_LIMITS, MAX_NAME_LENGTH } from "./document-limits.ts";

const times = (count: number, part: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => part(n)).join(" ");

/** What is said of a document that is too large; null for one that is not. */
function refusal(source: string): string | null {
  try {
    assertModest(parse(source));
    return null;
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    expect(error.extensions).toEqual({ code: "OPERATION_TOO_COMPLEX" });
    return error.message;
  }
}

type Measure = keyof typeof DOCUMENT_LIMITS;

test.each<[Measure, string, (count: number) => string]>([
  ["fields", "in one selection", (count) => `{ ${times(count, (n) => `f${n}`)} }`],
  [
    "fields",
    "in selections of their own",
    (count) => `{ ${times(count / 2, (n) => `f${n} { g${n} }`)} ${count % 2 ? "h" : ""} }`,
  ],
  [
    "fields",
    "in a fragment nobody spreads",
    (count) => `{ id } fragment F on T { ${times(count - 1, (n) => `f${n}`)} }`,
  ],
  ["inline fragments", "beside each other", (count) => `{ ${times(count, (n) => `... { f${n} }`)} }`],
  [
    "inline fragments",
    "in each other, and on types",
    (count) => `{ ${"... { ".repeat(20)} ${times(count - 20, (n) => `... on T${n} { id }`)} ${"}".repeat(20)} }`,
  ],
  [
    "inline fragments",
    "in fragments, with directives",
    (count) => `{ ...F } fragment F on T { ${times(count, (n) => `... @include(if: true) { f${n} }`)} }`,
  ],
  [
    "fields with their fragments",
    "spread side by side",
    (count) =>
      `{ ${times(60, () => "...F")} ${times(count - 600, (n) => `id${n}`)} } fragment F on T { ${times(10, (n) => `f${n}`)} }`,
  ],
  [
    "fields with their fragments",
    "which double",
    (count) => `{ ...F0 ...F0 ${times(count - 600, (n) => `id${n}`)} ${times(88, (n) => `a${n}`)} }
      ${times(8, (n) => `fragment F${n} on T { ...F${n + 1} ...F${n + 1} }`)} fragment F8 on T { id }`,
  ],
  ["definitions", "of operations", (count) => times(count, (n) => `query Q${n} { id }`)],
  ["definitions", "of fragments", (count) => `{ id } ${times(count - 1, (n) => `fragment F${n} on T { id }`)}`],
  ["fragment spreads", "of nothing", (count) => `{ ${times(count, () => "...F")} }`],
  ["aliases", "in one selection", (count) => `{ ${times(count, (n) => `a${n}: id`)} }`],
  ["aliases", "in a fragment", (count) => `{ ...F } fragment F on Query { ${times(count, (n) => `a${n}: id`)} }`],
  ["directives", "on fields", (count) => `{ ${times(count, (n) => `f${n} @include(if: true)`)} }`],
  ["directives", "on an operation", (count) => `query ${times(count, () => "@a")} { id }`],
  ["arguments", "of one field", (count) => `{ me(${times(count, (n) => `a${n}: 1`)}) }`],
  ["arguments", "in an object", (count) => `{ me(o: { ${times(count - 1, (n) => `a${n}: 1`)} }) }`],
  ["variables", "of one operation", (count) => `query (${times(count, (n) => `$v${n}: Int`)}) { id }`],
  ["levels of nesting", "of selections", (count) => `${"{ a ".repeat(count)}${"}".repeat(count)}`],
  ["levels of nesting", "of lists", (count) => `{ a(b: ${"[".repeat(count - 1)}${"]".repeat(count - 1)}) }`],
  ["levels of nesting", "of objects", (count) => `{ a(b: ${"{ c: ".repeat(count - 1)} 1 ${"}".repeat(count - 1)}) }`],
  ["levels of nesting", "of types", (count) => `query ($v: ${"[".repeat(count)}Int${"]".repeat(count)}) { id }`],
])("%s are counted: %s", (measure, _, source) => {
  const limit = DOCUMENT_LIMITS[measure];
  expect(refusal(source(limit))).toBeNull();
  expect(refusal(source(limit + 1))).toBe(`The operation has more than ${limit} ${measure}.`);
});

describe("pairs of fields that validation compares", () => {
  /** Fields of one name: 45 of them are 990 pairs, 46 are 1,035. */
  const [few, many] = [45, 46];

  test.each<[string, (count: number) => string]>([
    ["beside each other", (count) => `{ ${times(count, () => "id")} }`],
    ["under an alias", (count) => `{ ${times(count - 30, () => "a")} ${times(30, () => "a: b")} }`],
    ["in inline fragments", (count) => `{ ${times(count / 2, () => "... { id } id")} ${count % 2 ? "id" : ""} }`],
    [
      "on different types",
      (count) => `{ ${times(40, (n) => `... on T${n} { id }`)} ${times(count - 40, () => "id")} }`,
    ],
    [
      "in fragments",
      (count) => `{ ${times(count - 10, () => "id")} ...F } fragment F on T { ${times(10, () => "id")} }`,
    ],
    [
      "in fragments of fragments",
      (count) =>
        `{ ...F0 } ${times(40, (n) => `fragment F${n} on T { id ...F${n + 1} }`)} fragment F40 on T { ${times(count - 40, () => "id")} }`,
    ],
    [
      "below one field and its fragments",
      (count) =>
        `{ me { ${times(count - 10, () => "id")} } ...F } fragment F on Query { me { ${times(10, () => "id")} } }`,
    ],
    ["in another operation", (count) => `query A { id } query B { ${times(count, () => "id")} }`],
  ])("are counted: %s", (_, source) => {
    expect(refusal(source(few))).toBeNull();
    expect(refusal(source(many))).toBe("The operation has more than 1000 pairs of fields to compare.");
  });

  test.each<[string, (count: number) => string, most: number, more: number]>([
    // A value weighs as much as a field, and 100 characters as much as a value.
    ["that differ", (count) => `{ ${times(count, (n) => `f(a: $v${n})`)} }`, 32, 33],
    ["in objects and lists", (count) => `{ ${times(count, () => "f(a: { b: [$v, $w] })")} }`, 18, 19],
    ["with long texts", (count) => `{ f(a: "${"x".repeat(count * 100)}") f(a: "") }`, 1_990, 2_010],
  ])("count with their arguments: %s", (_, source, most, more) => {
    expect(refusal(source(most))).toBeNull();
    expect(refusal(source(more))).toBe("The operation has more than 1000 pairs of fields to compare.");
  });

  test("are counted on each level", () => {
    // 32 of a level are 496.
    expect(refusal(`{ ${times(32, () => "a { b }")} }`)).toBeNull();
    expect(refusal(`{ ${times(32, () => "a { b { c } }")} }`)).toContain("pairs of fields");
  });

  test("are none where the parents are different fields, or a fragment is spread again", () => {
    expect(refusal(`{ ${times(140, (n) => `f${n} { id }`)} }`)).toBeNull();
    expect(refusal(`{ ${times(60, () => "...F")} } fragment F on T { id name }`)).toBeNull();
  });

  test("leave room for an app of 25 fragments on one object", () => {
    const fragments = times(25, (n) => `fragment F${n} on Chatroom { __typename id f${n} g${n} }`);
    expect(
      refusal(`query ($id: ID!) { chatroom(id: $id) { __typename ${times(25, (n) => `...F${n}`)} } } ${fragments}`),
    ).toBeNull();
  });
});

describe("names", () => {
  const [longest, longer] = ["x".repeat(MAX_NAME_LENGTH), "x".repeat(MAX_NAME_LENGTH + 1)];

  test.each<[string, (name: string) => string]>([
    ["an operation", (name) => `query ${name} { id }`],
    ["a variable", (name) => `query ($${name}: Int) { id }`],
    ["a type", (name) => `query ($v: [${name}!]) { id }`],
    ["a field", (name) => `{ ${name} }`],
    ["an alias", (name) => `{ ${name}: id }`],
    ["an argument", (name) => `{ id(${name}: 1) }`],
    ["an enum's value", (name) => `{ id(a: ${name}) }`],
    ["an object's field", (name) => `{ id(a: { ${name}: 1 }) }`],
    ["a fragment", (name) => `{ ...${name} }`],
    ["a directive", (name) => `{ id @${name} }`],
  ])("of %s have a limit", (_, source) => {
    expect(refusal(source(longest))).toBeNull();
    expect(refusal(source(longer))).toContain(`longer than ${MAX_NAME_LENGTH} characters`);
  });
});

test("fragments that spread themselves are for the validation", () => {
  expect(refusal("{ ...A } fragment A on T { id ...B } fragment B on T { id ...A }")).toBeNull();
  expect(refusal("{ ...A } fragment A on T { a { ...A } b { ...A } c { ...A } }")).toBeNull();
});

test("introspection passes, with all it can ask", () => {
  const all = { descriptions: true, directiveIsRepeatable: true, inputValueDeprecation: true, oneOf: true };
  expect(refusal(getIntrospectionQuery({ ...all, schemaDescription: true, specifiedByUrl: true }))).toBeNull();
});
