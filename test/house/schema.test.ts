import { readFileSync } from "node:fs";
import {
  buildSchema,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
} from "graphql";
import { expect, test } from "vitest";
import { printSchemaFile } from "../../tools/checks/schema/print-schema-file.ts";
import { schema } from "../../src/http/graphql/schema.ts";

test("schema.graphql is what the code says", () => {
  expect(readFileSync("schema.graphql", "utf8")).toBe(printSchemaFile(schema));
});

test("every element of the schema says what it is for", () => {
  expect(findUndescribed(schema)).toEqual([]);
});

test("an element without a description, or with less than three words, is found", () => {
  const sample = buildSchema(`
    "Asks for things." type Query { "Too short" a("Neither is this." b: Int, c: Int): Kind, "As long as needed." d: In }
    "One of the kinds." enum Kind { X "The second kind." Y }
    input In { "What it is called." name: String, age: Int }
    "A point in time." scalar Time
    directive @loud("How loud it is." volume: Int, tone: Int) on FIELD
  `);
  expect(findUndescribed(sample).toSorted()).toEqual(
    ["Query.a", "Query.a.c", "Kind.X", "In", "In.age", "@loud", "@loud.tone"].toSorted(),
  );
});

type Described = Readonly<{ name: string; description?: string | null | undefined }>;

const WORDS = 3;

function findUndescribed(inspected: GraphQLSchema): string[] {
  const found: string[] = [];
  const look = (path: string, element: Described) => {
    const words = element.description?.trim().split(/\s+/).length ?? 0;
    if (words < WORDS) found.push(path);
  };

  for (const type of Object.values(inspected.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    look(type.name, type);
    if (isEnumType(type)) type.getValues().forEach((value) => look(`${type.name}.${value.name}`, value));
    if (isInputObjectType(type)) {
      Object.values(type.getFields()).forEach((field) => look(`${type.name}.${field.name}`, field));
    }
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        look(`${type.name}.${field.name}`, field);
        field.args.forEach((argument) => look(`${type.name}.${field.name}.${argument.name}`, argument));
      }
    }
  }
  for (const directive of inspected.getDirectives().filter((one) => !isSpecifiedDirective(one))) {
    look(`@${directive.name}`, directive);
    directive.args.forEach((argument) => look(`@${directive.name}.${argument.name}`, argument));
  }
  return found;
}
