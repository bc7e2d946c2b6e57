import { buildSchema, getIntrospectionQuery, parse, validate } from "graphql";
import { expect, test } from "vitest";
import { LimitAliasesRule, SYNTAX_LIMITS } from "./limit-aliases.ts";

const schema = buildSchema("type Query { me: Query, id: ID }");
const times = (count: number, part: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => part(n)).join(" ");
const codesOf = (source: string) =>
  validate(schema, parse(source), [LimitAliasesRule]).map(({ extensions }) => extensions["code"]);

test.each<[string, (count: number) => string]>([
  ["aliases", (count) => `{ ${times(count, (n) => `a${n}: id`)} }`],
  ["aliases", (count) => `{ ...F } fragment F on Query { ${times(count, (n) => `a${n}: id`)} }`],
  ["directives", (count) => `{ ${times(count, () => "id @include(if: true)")} }`],
  ["directives", (count) => `query ${times(count, () => "@a")} { id }`],
])("%s are counted, and too many are told once", (what, source) => {
  const limit = SYNTAX_LIMITS[what as keyof typeof SYNTAX_LIMITS];
  expect(codesOf(source(limit))).toEqual([]);
  expect(codesOf(source(limit + 1))).toEqual(["OPERATION_TOO_COMPLEX"]);
  expect(codesOf(source(limit * 3))).toEqual(["OPERATION_TOO_COMPLEX"]);
});

test("introspection has none", () => {
  expect(codesOf(getIntrospectionQuery({ inputValueDeprecation: true, directiveIsRepeatable: true }))).toEqual([]);
});
