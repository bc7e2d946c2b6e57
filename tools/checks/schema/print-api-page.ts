import {
  type GraphQLArgument,
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  isUnionType,
  lexicographicSortSchema,
} from "graphql";
import { readExample } from "./api-examples.ts";

type Field = GraphQLField<unknown, unknown>;

const INTRODUCTION = `# API

Written by \`npm run schema\` from the schema and \`docs/api/\`; a test runs every example.

All operations go to \`/graphql\`: queries and mutations by POST, subscriptions by WebSocket (graphql-ws) or as an event
stream. A signed-in user sends \`authorization: Bearer <accessToken>\`, over a WebSocket in the payload of \`connection_init\`.
In the variables, \`<name>\` is what you fill in. How positions, resuming and close codes work is in
[DELIVERY.md](DELIVERY.md).`;

/** The text of `docs/API.md`: each operation with an example, then the types and the error codes. */
export function printApiPage(source: GraphQLSchema): string {
  const schema = lexicographicSortSchema(source);
  const roots = [
    ["Queries", schema.getQueryType()],
    ["Mutations", schema.getMutationType()],
    ["Subscriptions", schema.getSubscriptionType()],
  ] as const;
  const codes = schema.getType("ErrorCode");
  const operations = roots.flatMap(([title, type]) => [
    `## ${title}`,
    ...Object.values(type?.getFields() ?? {}).map(printOperation),
  ]);
  const types = Object.values(schema.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
    .filter((type) => type !== codes && !roots.some(([, root]) => root === type))
    .map(printType);
  return `${[INTRODUCTION, ...operations, "## Errors", codes?.description, codes && members(codes), "## Types", ...types].join("\n\n")}\n`;
}

function printOperation(field: Field): string {
  const example = readExample(field.name);
  return [
    `### ${field.name}`,
    `Returns ${code(field.type)}. ${field.description ?? ""}`,
    field.args.length > 0 && table(["argument", "type", "what it is"], field.args.map(describe)),
    example && `\`\`\`graphql\n${example.document}\n\`\`\``,
    example?.variables && `\`\`\`json\n${example.variables}\n\`\`\``,
  ]
    .filter(Boolean)
    .join("\n\n");
}

function printType(type: GraphQLNamedType): string {
  const text = (type.description ?? "").replaceAll(/\s*\n\s*/g, " ");
  return [`### ${type.name}`, `${kindOf(type)}. ${text}`.trim(), members(type)].filter(Boolean).join("\n\n");
}

function kindOf(type: GraphQLNamedType): string {
  if (isScalarType(type)) return "Scalar";
  if (isEnumType(type)) return "Enum";
  if (isInputObjectType(type)) return "Input";
  if (isInterfaceType(type)) return "Interface";
  if (isUnionType(type)) return `Union of ${type.getTypes().map(code).join(", ")}`;
  return "Type";
}

function members(type: GraphQLNamedType): string {
  if (isEnumType(type)) return table(["value", "what it means"], type.getValues().map(describeValue));
  if (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type))
    return table(["field", "type", "what it is"], Object.values(type.getFields()).map(describe));
  return "";
}

const describe = (member: GraphQLArgument | GraphQLInputField | Field): string[] => [
  `\`${member.name}\`${"args" in member && member.args.length > 0 ? `(${member.args.map(({ name }) => `\`${name}\``).join(", ")})` : ""}`,
  code(member.type),
  describeElement(member),
];
const describeValue = (value: ReturnType<GraphQLEnumType["getValues"]>[number]): string[] => [
  `\`${value.name}\``,
  describeElement(value),
];

function describeElement({
  description,
  deprecationReason,
}: GraphQLArgument | GraphQLInputField | Field | ReturnType<GraphQLEnumType["getValues"]>[number]): string {
  return [description, deprecationReason && `Deprecated: ${deprecationReason}`].filter(Boolean).join(" ");
}

const code = (type: { toString(): string }): string => `\`${String(type)}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll(/\s*\n\s*/g, " ").replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
