import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import { listen } from "../../_support/listen.ts";

/** The limit: what GraphQL over HTTP costs where nothing is asked of anybody. */
const yoga = createYoga({
  logging: false,
  schema: createSchema({
    typeDefs: "type Query { constant: String! }",
    resolvers: { Query: { constant: () => "constant" } },
  }),
});
const server = createServer((request, response) => void yoga(request, response));

await listen(server, () => {});
