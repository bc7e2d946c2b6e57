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

export const CreateChatroom = graphql(`
  mutation DemoCreateChatroom {
    createChatroom(input: { title: "Demo" }) {
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
  subscription DemoReplyStream($messageId: ID!, $attempt: Int!, $offset: Int!) {
    replyStream(messageId: $messageId, attempt: $attempt, offset: $offset) {
      attempt
      offset
      text
      status
      message {
        content
        promptTokens
        replyTokens
        error {
          code
          message
        }
      }
    }
  }
`);
