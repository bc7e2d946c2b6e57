import { graphql } from "../../tools/generated/graphql/gql.ts";

export const GetRoomModel = graphql(`
  query GetRoomModel($id: ID!) {
    chatroom(id: $id) {
      modelId
      model {
        id
        isDefault
      }
    }
  }
`);

export const GetModels = graphql(`
  query GetModels {
    models {
      id
      label
      description
      contextTokens
      maxReplyTokens
      thinkingLevels
      tools
      plans
      isDefault
      retiresAt
      replacedBy {
        id
      }
    }
  }
`);

export const GetSettings = graphql(`
  query GetSettings($room: ID!, $reply: ID!) {
    chatroom(id: $room) {
      settings {
        thinking
        showThoughts
        search
        codeExecution
        maxReplyTokens
      }
    }
    message(id: $reply) {
      model
      settings {
        thinking
        showThoughts
        search
        codeExecution
        maxReplyTokens
      }
      parent {
        settings {
          search
        }
      }
    }
  }
`);

export const GetFallback = graphql(`
  query GetFallback($id: ID!) {
    message(id: $id) {
      status
      content
      attempt
      model
      fallbackFrom {
        id
        label
      }
      error {
        code
        retryable
      }
    }
  }
`);
