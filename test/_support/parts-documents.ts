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

export const ReplyInParts = graphql(`
  subscription ReplyInParts($messageId: ID!, $attempt: Int, $offset: Int, $thoughtOffset: Int, $activity: Int) {
    replyStream(
      messageId: $messageId
      attempt: $attempt
      offset: $offset
      thoughtOffset: $thoughtOffset
      activity: $activity
    ) {
      messageId
      attempt
      offset
      text
      thought {
        offset
        text
      }
      activity
      activities {
        seq
        at
        noteLength
        thoughtEnd
        kind
        part {
          __typename
          ... on ThoughtPart {
            text
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
            uri
          }
        }
      }
      status
      message {
        id
        status
        content
      }
    }
  }
`);
