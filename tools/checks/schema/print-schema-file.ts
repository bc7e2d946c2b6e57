import { type GraphQLSchema, lexicographicSortSchema, printSchema } from "graphql";

/** The text of `schema.graphql`: sorted, so that moving code about changes nothing in it. */
export function printSchemaFile(schema: GraphQLSchema): string {
  return `# Written by \`npm run schema\` from src/http/graphql/schema.ts.\n\n${printSchema(lexicographicSortSchema(schema))}\n`;
}
