import { graphql } from "../../tools/generated/graphql/gql.ts";

export const GetContext = graphql(`
  query GetContext($id: ID!) {
    chatroom(id: $id) {
      context {
        usedTokens
        limit
        summarizedUpTo {
          id
          content
        }
        cutBefore {
          id
          content
        }
      }
    }
  }
`);
