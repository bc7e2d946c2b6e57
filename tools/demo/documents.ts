import { graphql } from "../generated/graphql/gql.ts";

export const SendOtp = graphql(`
  mutation DemoSendOtp($phone: String!) {
    sendOtp(input: { phone: $phone, purpose: SIGN_IN }) {
      code
    }
  }
`);

export const VerifyOtp = graphql(`
  mutation DemoVerifyOtp($phone: String!, $code: String!) {
    verifyOtp(input: { phone: $phone, code: $code, name: "Demo" }) {
      accessToken
    }
  }
`);

export const ListModels = graphql(`
  query DemoListModels {
    models {
      isDefault
      thinkingLevels
      tools
    }
  }
`);

export const CreateChatroom = graphql(`
  mutation DemoCreateChatroom($settings: RoomSettingsInput!) {
    createChatroom(input: { title: "Demo", settings: $settings }) {
      id
      model {
        id
      }
    }
  }
`);

export const SendMessage = graphql(`
  mutation DemoSendMessage($chatroomId: ID!, $content: String!) {
    sendMessage(input: { chatroomId: $chatroomId, content: $content }) {
      reply {
        id
      }
    }
  }
`);

export const ReplyStream = graphql(`
  subscription DemoReplyStream($messageId: ID!, $attempt: Int!, $offset: Int!, $thoughtOffset: Int!) {
    replyStream(messageId: $messageId, attempt: $attempt, offset: $offset, thoughtOffset: $thoughtOffset) {
      attempt
      offset
      text
      thought {
        offset
        text
      }
      status
      message {
        content
        promptTokens
        replyTokens
        parts {
          ... on SearchPart {
            sources {
              title
              uri
            }
          }
        }
        error {
          code
          message
        }
      }
    }
  }
`);
