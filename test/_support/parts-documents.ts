import { graphql } from "../../tools/generated/graphql/gql.ts";

export const GetParts = graphql(`
  query GetParts($id: ID!) {
    message(id: $id) {
      status
      content
      finishReason
      error {
        code
      }
      parts {
        __typename
        ... on TextPart {
          text
        }
        ... on ThoughtPart {
          thought: text
          durationMs
          truncated
        }
        ... on SearchPart {
          queries
          suggestionsHtml
          sources {
            title
            uri
          }
        }
        ... on CodePart {
          language
          code
        }
        ... on CodeResultPart {
          outcome
          output
        }
        ... on UnsupportedPart {
          kind
          mimeType
          bytes
        }
      }
      citations {
        start
        end
        sources {
          title
          uri
        }
      }
      tokens {
        prompt
        cached
        thoughts
        tools
        reply
      }
    }
  }
`);
