import { graphql } from "../../tools/generated/graphql/gql.ts";

export const ChaosSend = graphql(`
  mutation ChaosSend($input: SendMessageInput!) {
    sendMessage(input: $input) {
      message {
        id
      }
      reply {
        id
      }
    }
  }
`);

export const ChaosReply = graphql(`
  subscription ChaosReply($messageId: ID!, $attempt: Int, $offset: Int) {
    replyStream(messageId: $messageId, attempt: $attempt, offset: $offset) {
      attempt
      offset
      text
      status
      message {
        id
        content
      }
    }
  }
`);

export const ChaosRoom = graphql(`
  subscription ChaosRoom($chatroomId: ID!, $after: ID) {
    messageAdded(chatroomId: $chatroomId, after: $after) {
      id
    }
  }
`);
