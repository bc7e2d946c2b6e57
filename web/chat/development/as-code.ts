import { apiUrl, socketUrl } from "../app/addresses.ts";

export const CLIENTS = ["Apollo", "urql", "graphql-ws", "curl"] as const;
export type ClientName = (typeof CLIENTS)[number];

type Operation = Readonly<{ query: string; variables: object }>;

/**
 * A subscription as somebody writes it with a client.
 *
 * @param operation.variables with the position to go on from
 */
export function asCode(client: ClientName, { query, variables }: Operation): string {
  const text = query.trim();
  const json = JSON.stringify(variables, null, 2);
  switch (client) {
    case "Apollo":
      return `import { gql } from "@apollo/client";

client
  .subscribe({
    query: gql\`
${indent(text, 6)}
    \`,
    variables: ${indent(json, 4).trimStart()},
  })
  .subscribe({ next: ({ data }) => console.log(data), error: console.error });
`;
    case "urql":
      return `import { gql } from "@urql/core";

client
  .subscription(
    gql\`
${indent(text, 6)}
    \`,
    ${indent(json, 4).trimStart()},
  )
  .subscribe(({ data, error }) => console.log(data ?? error));
`;
    case "graphql-ws":
      return `import { createClient } from "graphql-ws";

const client = createClient({
  url: ${JSON.stringify(socketUrl("graphql"))},
  connectionParams: async () => ({ authorization: \`Bearer \${await getAccessToken()}\` }),
});

client.subscribe(
  {
    query: \`
${indent(text, 6)}
    \`,
    variables: ${indent(json, 4).trimStart()},
  },
  { next: console.log, error: console.error, complete() {} },
);
`;
    case "curl":
      return `curl -N ${quote(apiUrl("graphql"))} \\
  -H 'accept: text/event-stream' \\
  -H 'content-type: application/json' \\
  -H "authorization: Bearer $ACCESS_TOKEN" \\
  -d ${quote(JSON.stringify({ query: text, variables }))}
`;
  }
}

const indent = (text: string, by: number): string => text.replaceAll(/^(?=.)/gm, " ".repeat(by));

/** For a shell, where nothing is read into it. */
const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
