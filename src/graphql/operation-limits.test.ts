import { Kind, parse, visit, type DocumentNode } from "graphql";
import { describe, expect, test } from "vitest";
import { DomainError } from "../errors.ts";
import { assertWithinLimits } from "./operation-limits.ts";
import { schema } from "../http/graphql/schema.ts";

const PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
const FIVE = "id role content status createdAt";
const MESSAGE = `id role content status attempt model createdAt nextTryAt finishReason promptTokens replyTokens
  error { code message retryable }`;
const messages = (size: string, fields: string) => `messages(${size}) { edges { cursor node { ${fields} } } ${PAGE} }`;
const rooms = (size: string, fields: string) => `{ chatrooms${size} { edges { node { ${fields} } } ${PAGE} } }`;

/** What is said of an operation that asks for too much; null when it may be run. */
function refusal(document: DocumentNode, variableValues: Record<string, unknown> = {}): string | null {
  try {
    assertWithinLimits({ schema, document, variableValues, contextValue: {} });
    return null;
  } catch (error) {
    if (error instanceof DomainError) return error.message;
    throw error;
  }
}

/** As Apollo and urql send it. */
const withTypenames = (query: string): DocumentNode =>
  visit(parse(query), {
    SelectionSet: {
      leave: (node, _key, parent) =>
        parent && "operation" in parent
          ? undefined
          : {
              ...node,
              selections: [...node.selections, { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } }],
            },
    },
  });

test.each([
  ["a page of rooms", rooms("(first: 50)", "id title lastMessageAt")],
  ["rooms with their last message", rooms("(first: 50)", `id title ${messages("last: 1", FIVE)}`)],
  ["a room with all that is given of it", `{ chatroom(id: "x") { id title ${messages("last: 100", MESSAGE)} } }`],
  ["20 rooms with 20 messages and all their fields", rooms("", `id title ${messages("last: 20", MESSAGE)}`)],
  ["50 rooms with 20 messages of five fields", rooms("(first: 50)", `id title ${messages("last: 20", FIVE)}`)],
])("passes: %s", (_, query) => {
  expect(refusal(withTypenames(query))).toBeNull();
});

describe("refused", () => {
  test.each([
    [
      "complexity",
      "50 rooms with 20 messages and all their fields",
      rooms("(first: 50)", messages("last: 20", MESSAGE)),
    ],
    ["complexity", "100 rooms with 100 messages", rooms("(first: 100)", messages("last: 100", "id"))],
    ["complexity", "more than is ever given", rooms("(last: 1000000)", messages("first: 100", "id"))],
    ["complexity", "less than nothing, which is the default", rooms("(first: -1)", messages("first: 100", MESSAGE))],
    [
      "complexity",
      "less than nothing from both ends, many times",
      rooms(
        "(first: 100)",
        Array.from({ length: 40 }, (_, n) => `m${n}: messages(first: -1, last: -1) { __typename }`).join(" "),
      ),
    ],
    [
      "depth",
      "a conversation by its parents",
      `{ message(id: "x") { ${"parent { ".repeat(12)} id ${"}".repeat(12)} } }`,
    ],
    [
      "breadth",
      "the same again and again",
      `{ ${Array.from({ length: 151 }, (_, i) => `a${i}: __typename`).join(" ")} }`,
    ],
  ])("for its %s: %s", (measure, _, query) => {
    expect(refusal(parse(query))).toMatch(
      new RegExp(`^The operation has a ${measure} of \\d+, and \\d+ is the limit.$`),
    );
  });

  test("by the variables it comes with", () => {
    const document = parse(`query ($n: Int = 1) ${rooms("(first: $n)", messages("first: $n", "id"))}`);
    expect(refusal(document)).toBeNull();
    expect(refusal(document, { n: 10 })).toBeNull();
    expect(refusal(document, { n: 100 })).toContain("complexity");
    expect(refusal(document, { n: 10 })).toBeNull();
  });

  test("by the length of a list, also if a shorter one has passed", () => {
    const document = parse(
      `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Chatroom { ${messages("last: 100", FIVE)} } } }`,
    );
    expect(refusal(document, { ids: ["a"] })).toBeNull();
    expect(refusal(document, { ids: ["b"] })).toBeNull();
    expect(refusal(document, { ids: Array.from({ length: 100 }, () => "a") })).toContain("complexity");
  });
});

test("only the operation that is run counts", () => {
  const document = parse(`query A { me { id } } query B ${rooms("(first: 100)", messages("last: 100", "id"))}`);
  const of = (operationName: string) => () => assertWithinLimits({ schema, document, operationName, contextValue: {} });
  expect(of("A")).not.toThrow();
  expect(of("B")).toThrow("complexity");
});

test("what cannot be measured is not run", () => {
  const document = parse(`query ($id: ID = "x") { chatroom(id: $id) { id } }`);
  expect(() => refusal(document, { id: null })).toThrow("must not be null");
  expect(() => refusal(parse("query ($n: Int!) { me { id } }"), { n: "many" })).toThrow("Int cannot represent");
});
