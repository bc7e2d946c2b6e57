import { GraphQLError, parse, validate, buildSchema } from "graphql";
import { pino } from "pino";
import { expect, test } from "vitest";
import { DomainError } from "../errors.ts";
import { ERROR_LIMITS, mapErrors } from "./map-error.ts";

const map = (errors: readonly unknown[]) => mapErrors(errors, "request", pino({ enabled: false }));
const many = (count: number, make: (n: number) => unknown) => map(Array.from({ length: count }, (_, n) => make(n)));

test.each<[string, (message: string) => Error]>([
  ["of the operation", (message) => new GraphQLError(message)],
  ["of ours", (message) => new DomainError("CONFLICT", message)],
  ["around ours", (message) => new GraphQLError(message, { originalError: new DomainError("CONFLICT", message) })],
])("a message has a length: errors %s", (_, make) => {
  const limit = ERROR_LIMITS.messageLength;
  const messages = map([make("x".repeat(limit)), make("y".repeat(limit + 1)), make("z".repeat(255_000))]);
  expect(messages.map(({ message }) => message)).toEqual([
    "x".repeat(limit),
    `${"y".repeat(limit - 1)}…`,
    `${"z".repeat(limit - 1)}…`,
  ]);
});

test("errors have a number, and the last one says how many are left out", () => {
  const make = () => new DomainError("NOT_FOUND");
  expect(many(ERROR_LIMITS.errors, make)).toHaveLength(ERROR_LIMITS.errors);
  const mapped = many(ERROR_LIMITS.errors + 7, make);
  expect(mapped).toHaveLength(ERROR_LIMITS.errors + 1);
  expect(mapped.at(-1)).toMatchObject({ message: "7 more errors are left out.", extensions: { code: "NOT_FOUND" } });
});

test("errors have a length in all, whatever each of them has", () => {
  const path = Array.from({ length: 12 }, () => "x".repeat(128));
  const mapped = many(90, (n) => new GraphQLError(`${n} ${"x".repeat(400)}`, { path }));
  expect(mapped.length).toBeLessThan(50);
  expect(JSON.stringify(mapped).length).toBeLessThan(ERROR_LIMITS.totalLength + 1_000);
  expect(mapped.at(-1)?.message).toBe(`${90 - mapped.length + 1} more errors are left out.`);
});

test("an error names a few places in the document", () => {
  const schema = buildSchema("type Query { a: Query, id: ID, name: ID }");
  const fields = Array.from({ length: 20 }, (_, n) => `f${n}: id`).join(" ");
  const document = parse(`{ a { ${fields} } a { ${fields.replaceAll("id", "name")} } }`);
  const errors = validate(schema, document);
  expect(errors[0]?.locations?.length).toBeGreaterThan(20);
  expect(map(errors)[0]?.locations).toHaveLength(ERROR_LIMITS.locations);
});
